"""Reviews: models put up for review, their evaluation and determination, partners and grants."""
