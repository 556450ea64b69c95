"""Tests of the domain model and the platform."""
