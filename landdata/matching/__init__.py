"""Holders against citizens: pure rules of comparison, each with examples a clerk can read."""
