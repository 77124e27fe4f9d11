"""Rows become files again, as their sender writes them; no rule of the domain and no database here."""
