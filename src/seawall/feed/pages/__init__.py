"""The page that people see where the public tree is given out."""
