"""The network process. It runs one driver; no other process of the system connects to the devices."""
