"""Documents of the field, read into and written from the words of `vocab`."""
