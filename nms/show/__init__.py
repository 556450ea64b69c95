"""What the gateway answers, as text for a person."""
