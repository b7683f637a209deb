"""Components × advisories: version order, ranges and the index."""
