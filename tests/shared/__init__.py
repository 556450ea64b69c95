"""Tests of the language and the bus."""
