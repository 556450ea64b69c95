"""The front door: command line, supervisor, the whole loop in one process; the only room that knows all others."""
