"""Makes the plan of a laboratory: from the default topology, or from a scenario file. Pure."""
