"""The commands of `nms`: those that run a system, and those that talk to one."""
