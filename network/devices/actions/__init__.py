"""The recipes of the playbooks on real devices: plan, arm, apply, undo, confirm, resume."""
