"""Files by content: what goes in comes out unaltered, or not at all."""
