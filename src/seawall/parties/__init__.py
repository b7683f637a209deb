"""The organisations, people and programs that take part, and the tokens they hold."""
