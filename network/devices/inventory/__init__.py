"""The inventory file: which devices there are, how to reach them, how they are connected."""
