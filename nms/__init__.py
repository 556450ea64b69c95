"""The command line, the supervisor of a system, and the loop in one process. Only this package imports all others."""
