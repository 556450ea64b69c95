"""Tools for a person beside the loop: recordings, the tap of messages, and the reference documents.

Rule: the loop runs without this package. Commands import it when they run.
"""
