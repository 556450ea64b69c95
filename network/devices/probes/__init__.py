"""Probes: pings between neighbours and between servers, and requests to named services, run on the devices."""
