"""Messages of devices: syslog, traps and the monitor of the kernel, as events of one kind."""
