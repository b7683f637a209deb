"""Keys, DSSE envelopes and attestations."""
