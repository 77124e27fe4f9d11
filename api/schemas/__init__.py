"""What goes over the wire, one module per noun: strict on the way in, complete and stable on the way out."""
