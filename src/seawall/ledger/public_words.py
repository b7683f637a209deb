"""Which events everybody may read in the public log; of all others it holds a commitment only."""

PUBLIC = frozenset({"advisory.published"})
PUBLIC_BEGINNINGS = ("feed.", "log.")


def is_public(what: str) -> bool:
    """Whether an event of this word lies open in the log."""
    return what in PUBLIC or what.startswith(PUBLIC_BEGINNINGS)
