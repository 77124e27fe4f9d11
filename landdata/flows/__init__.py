"""Use cases, one file each: they join rules and store, and decide where a transaction ends."""
