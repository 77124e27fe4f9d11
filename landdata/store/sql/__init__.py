"""Long queries, each with a name and its purpose in its first line."""
