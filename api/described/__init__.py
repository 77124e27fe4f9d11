"""What the description says of each operation in Vietnamese and English, with an example of each answer."""
