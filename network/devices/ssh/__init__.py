"""SSH to devices: one connection for each, one open shell for each level of rights, one open `vtysh`."""
