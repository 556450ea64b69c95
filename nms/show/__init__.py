"""Formats the answers of the gateway as text."""
