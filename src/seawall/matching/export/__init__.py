"""A check's result in the formats of other tools: SARIF, CycloneDX VEX, OpenVEX."""
