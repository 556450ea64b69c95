"""What every process stands on: the bus, leases, settings, logs, health; nothing that decides."""
