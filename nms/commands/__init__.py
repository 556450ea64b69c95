"""The commands of `nms`: some run a system, the others query or control a running system."""
