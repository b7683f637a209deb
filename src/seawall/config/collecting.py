"""How often Python looks for cycles of objects while it serves.

A page makes many thousands of objects, of which almost none are in cycles. As Python starts it
looks after every few hundred of them, and from time to time at all there are, the program's own
classes and templates included: tens of milliseconds in the middle of some request.
"""

import gc

THRESHOLDS = (50_000, 20, 20)
"""New objects before a look at these, then looks before one at the older, then at all."""


def settle() -> None:
    """Leave what is there now, the program itself, out of every look to come, and look rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
