"""Rows become findings and records: pure rules, every check with a code, a severity and a page in the docs."""
