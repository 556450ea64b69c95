"""Benchmarks for every promised figure, each with its limit or a baseline beside it."""
