"""Reports as received, the findings in them, and which of those are one vulnerability."""
