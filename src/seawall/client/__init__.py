"""The operator's side: following a feed, verifying what came, applying it, saying so."""
