"""The infrastructure of every process: bus, leases, settings, logs, health. No decisions."""
