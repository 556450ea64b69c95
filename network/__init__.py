"""The network process: it hosts one driver, and no other process touches the devices."""
