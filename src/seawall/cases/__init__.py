"""Cases: one vulnerability each, with its findings, states, fixes and merges."""
