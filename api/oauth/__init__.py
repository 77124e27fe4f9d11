"""The authorization server: who gets a token, how it is signed, and how it is believed; no route handlers."""
