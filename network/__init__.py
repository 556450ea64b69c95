"""The managed network: the only room that touches devices; one process that hosts one driver."""
