"""Building a big installation out of made-up data, so that pages can be measured at scale."""
