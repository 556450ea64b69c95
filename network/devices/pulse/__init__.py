"""The quick look at a device: its interfaces, and its sessions of routing protocols."""
