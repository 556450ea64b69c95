"""The commands of `nms`: some commands run a system, and the others query or control a running system."""
