"""One file a migration, numbered; each holds one schema's tables and what belongs to them."""
