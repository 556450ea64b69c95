"""The language that all rooms speak, and nothing that decides."""
