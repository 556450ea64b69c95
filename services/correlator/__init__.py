"""The correlator: groups anomalies that belong together into incidents, and owns their state."""
