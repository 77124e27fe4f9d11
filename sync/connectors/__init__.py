"""How outside systems are reached: the real side of the domain's ports."""
