"""Getting releases to whom they are for, and learning that they arrived."""
