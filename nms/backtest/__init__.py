"""Runs the cores of the services on recordings of a user's own, from files and without a broker."""
