"""Who scans what, and private matching: what prevents that work is done twice."""
