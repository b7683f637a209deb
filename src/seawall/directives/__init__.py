"""What directives demand of each exposure, by when and why."""
