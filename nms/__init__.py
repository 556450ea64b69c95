"""Command line, supervisor, and the whole loop in one process; the only room that imports all others."""
