"""What parties run and what is known about it: assets, SBOMs, the catalogue, exposures."""
