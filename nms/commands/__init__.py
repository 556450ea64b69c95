"""The commands of `nms`: those that run a system, and those that query or control one."""
