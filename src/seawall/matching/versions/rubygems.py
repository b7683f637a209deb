"""RubyGems: the order of Gem::Version (ruby-doc.org, Gem::Version; guides.rubygems.org)."""

import re

from seawall.matching.versions._common import Key, checked, padded, refuse

_GEM = re.compile(r"[0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
_SEGMENT = re.compile(r"[0-9]+|[a-zA-Z]+")


def key(version: str) -> Key:
    """Numbers come after words, words mean pre-release, zeros before a word or the end do not
    count, and a hyphen reads as ".pre."."""
    text = checked(version, "RubyGems")
    if not _GEM.fullmatch(text):
        raise refuse(version, "RubyGems")
    tokens: list[tuple[int, Key]] = []
    word_seen = False
    for segment in _SEGMENT.findall(text.replace("-", ".pre.")):
        if segment.isdecimal():
            number = int(segment)
            tokens.append((1 if number else 0, (1, number, "")))
            continue
        while not word_seen and tokens and tokens[-1][0] == 0:
            tokens.pop()
        word_seen = True
        tokens.append((-1, (0, 0, segment)))
    return padded(tokens)
