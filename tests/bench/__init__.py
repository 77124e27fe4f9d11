"""Benchmarks: each prints a ratio of two sides measured in turn; they judge nothing, and tests do not run them."""
