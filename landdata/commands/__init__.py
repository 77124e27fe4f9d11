"""The commands, one group a file; each calls one flow and prints what it found, Vietnamese first, English beside it."""
