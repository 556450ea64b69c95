"""The remediator: chooses a permitted action, sends it to the network, verifies or reverts it, or calls a person."""
