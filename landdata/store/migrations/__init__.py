"""Numbered migrations: made once, never changed after they have landed."""
