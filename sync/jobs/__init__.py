"""One job a file: each calls one flow of the domain and says how often and how it may be tried again."""
