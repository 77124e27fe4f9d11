"""Files become rows: the only place that opens a delivered format; what it says about rows is left to checking."""
