"""Command line, supervisor, and the whole loop in one process; the only package that imports all others."""
