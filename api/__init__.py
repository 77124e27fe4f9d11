"""FastAPI over the flows: HTTP in, a flow, HTTP out; no rule of the domain and no SQL lives here."""
