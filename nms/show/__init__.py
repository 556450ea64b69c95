"""Formats the gateway's answers as text."""
