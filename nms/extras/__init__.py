"""Tools for a person beside the loop: recordings, the tap that prints messages, and the reference documents.

Rule: the loop runs without this package. A command imports the package only when the command runs.
"""
