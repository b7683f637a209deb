"""Pure decisions: values and `now` in, a value out."""
