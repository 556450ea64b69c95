"""The detector: turns telemetry into anomalies, each raised once and cleared once."""
