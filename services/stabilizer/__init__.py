"""The stabilizer: reports the state of the network, verdicts on repairs, and advice for tuning."""
