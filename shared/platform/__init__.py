"""The infrastructure of every process: bus, leases, settings, logs, health. It makes no decisions of the loop."""
