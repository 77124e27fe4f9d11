"""The only SQL of the house: engine, tables, one file per noun, long queries, migrations."""
