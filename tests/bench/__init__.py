"""Benchmarks: each prints a ratio of two sides measured in turn, or a figure beside its goal; tests run small sizes at most."""
