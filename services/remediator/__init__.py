"""The remediator: chooses a permitted action, has it executed, verifies it, reverts it, or calls a person."""
