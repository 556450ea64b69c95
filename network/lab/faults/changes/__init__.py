"""The changes that faults are made of: each knows how to make, prove and undo itself."""
