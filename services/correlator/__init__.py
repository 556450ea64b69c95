"""Gathers anomalies that belong together, in time and topology, into incidents, and owns their state."""
