"""The remediator: chooses a permitted action, has it executed, verifies it, undoes it, or calls a person."""
