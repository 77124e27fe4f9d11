"""Hostile files of every kind the service takes, made anew by each run: a table of malice, and what must become of each."""
