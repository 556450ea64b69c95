"""The driver for real devices: SNMP, SSH, ICMP, syslog and traps, without an agent on the device."""
