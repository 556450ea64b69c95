"""Root cause analysis: ranks the causes of an incident, with evidence, confidence and the actions that fit."""
