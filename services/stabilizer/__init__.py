"""The stabilizer: says how the network is, whether repairs held, and what gentle tuning would help."""
