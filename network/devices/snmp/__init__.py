"""SNMP: which objects a device has, their values once in an interval, and rates from its counters."""
