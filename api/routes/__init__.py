"""HTTP routes, one module per noun; each has a caller as a type, calls one flow and shapes the answer."""
