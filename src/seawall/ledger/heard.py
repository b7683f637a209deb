"""Which words of the ledger somebody listens to: each such event asks for work on itself.

Apps above the ledger say what they want to hear when they are loaded; nothing else changes.
"""

TOPIC = "ledger.heard"

_words: set[str] = set()


def hear(*words: str) -> None:
    """Ask for the topic `ledger.heard` with the event's index for each event of these words."""
    _words.update(words)


def is_heard(word: str) -> bool:
    return word in _words
