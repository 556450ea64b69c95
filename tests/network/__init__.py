"""Tests of the managed network."""
