"""Why the client did nothing: what it was given does not verify, or could not be had."""

from seawall.vocab.errors import one_line


class FeedRefused(Exception):
    """What the source gave does not verify, so nothing of it is used. Says in one sentence what
    is wrong with which part; trying the same source again does not help."""

    def __init__(self, sentence: str) -> None:
        super().__init__(one_line(sentence, limit=600))


class Unreachable(Exception):
    """The source could not be read, or not in time; trying again later may help."""

    def __init__(self, sentence: str) -> None:
        super().__init__(one_line(sentence, limit=600))


class NotThere(Unreachable):
    """The source answered and has no such file."""
