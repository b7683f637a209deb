"""Weakness families: which CWEs, sanitizer words and prose can be one bug seen differently.

Parents and children after CWE 4.16, view 1003 and category 189, reduced to what reports of one
bug are seen to disagree on. Two weaknesses agree when they share a family.
"""

from functools import lru_cache

FAMILIES: dict[str, str] = {
    "memory": "118 119 120 121 122 123 124 125 126 127 129 131 466 680 761 763 786 787 788 805 "
    "806 822 823 824 825",
    "lifetime": "415 416 562 590 672 761 762 763 825",
    "null": "252 476 690",
    "uninitialised": "456 457 665 824 908",
    "numeric": "128 129 189 190 191 192 193 194 195 196 197 369 680 681 682 789 839 1284 1335",
    "type": "351 704 843",
    "race": "362 363 366 367 413 667 833",
    "resource": "185 400 401 404 405 407 409 674 730 770 772 776 789 834 835 1050 1176 1333",
    "path": "21 22 23 24 29 35 36 37 38 39 40 41 59 61 73 668 706",
    "command": "74 77 78 88 94 95 96 97 98 470 693 913 914 917 1336",
    "deserialise": "20 470 502 913 915",
    "prototype": "471 915 1321 1329",
    "xss": "79 80 81 83 84 85 86 87 116 644 692",
    "sql": "74 89 90 91 564 643 652 943",
    "xml": "91 611 776 827",
    "request": "93 113 352 441 444 601 610 918",
    "access": "264 269 276 284 285 287 288 290 294 306 307 346 522 639 732 749 798 862 863 1220",
    "crypto": "203 208 295 296 297 310 311 319 320 321 322 323 325 326 327 328 329 330 331 335 "
    "338 345 347 354 759 760 916 1240",
    "disclosure": "200 201 203 209 212 319 359 532 538 552",
    "exception": "248 391 617 703 754 755",
}
"""Family → numbers of its CWEs; a CWE may be in several."""

_OF_CWE: dict[int, frozenset[str]] = {}
for _family, _numbers in FAMILIES.items():
    for _number in map(int, _numbers.split()):
        _OF_CWE[_number] = _OF_CWE.get(_number, frozenset()) | {_family}

_SANITIZER = (
    ("lifetime memory", "use-after double-free bad-free invalid-free alloc-dealloc"),
    (
        "numeric",
        "negative-size-param divide-by-zero integer-overflow shift- float-cast implicit-conversion "
        "allocation-size-too-big calloc-overflow reallocarray-overflow non-positive-vla "
        "floating-point FPE fpe",
    ),
    ("uninitialised", "uninitialized invalid-bool invalid-enum"),
    ("null", "null- nullptr"),
    ("type memory", "bad-cast vptr function-type"),
    ("race", "data-race lock-order deadlock"),
    ("resource", "timeout out-of-memory memory-leak stack-overflow RecursionError"),
    (
        "memory",
        "overflow underflow out-of-bounds SEGV segv unknown poison wild BUS param-overlap overread "
        "misaligned object-size",
    ),
    ("exception", "exception assert abrt ABRT unreachable check-failure panic Error"),
)
"""Families and the parts of a sanitizer's word that mean them; the first that fits counts."""


@lru_cache(maxsize=1024)
def of_cwe(cwe: str) -> frozenset[str]:
    """Families of "CWE-79"; a CWE outside the table is a family of its own."""
    digits = cwe.upper().removeprefix("CWE-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6:
        return frozenset()
    return _OF_CWE.get(int(digits), frozenset({f"CWE-{int(digits)}"}))


@lru_cache(maxsize=1024)
def of_kind(kind: str, address: str = "") -> frozenset[str]:
    """Families of a sanitizer's error type; a SEGV near address 0 is a null dereference."""
    if kind.upper() == "SEGV" and address and int(address, 16) < 0x1000:
        return frozenset({"null"})
    for families, words in _SANITIZER:
        if any(word in kind for word in words.split()):
            return frozenset(families.split())
    return frozenset({kind}) if kind else frozenset()


_PROSE = (
    ("lifetime memory", "use after free| double free| dangling pointer|freed memory| uaf "),
    ("memory", "buffer over|heap over|stack overflow|stack based over|global over"),
    ("memory", "out of bounds| oob read| oob write|past the end of"),
    ("null", "null pointer|null deref"),
    ("numeric", "integer overflow|integer underflow|division by zero|divide by zero|signedness"),
    ("uninitialised", "uninitialized|uninitialised"),
    ("path", "path traversal|directory traversal|zip slip|arbitrary file"),
    ("command", "command injection|code injection|shell injection|template injection| rce "),
    ("command", "command execution|arbitrary code|remote code|arbitrary command|remote command"),
    ("command", "sandbox escape|sandbox breakout|sandbox bypass"),
    ("deserialise command", "deserializ|deserialis|unpickl|unsafe load|unsafe yaml"),
    ("prototype", "prototype pollution|__proto__|object.prototype"),
    ("xss", "cross site scripting| xss|script injection into"),
    ("sql", "sql injection| sqli "),
    ("xml resource", " xxe|external entit|billion laughs|entity expansion"),
    ("request", " ssrf|server side request|open redirect| csrf|request smuggling| crlf"),
    ("resource", " redos|catastrophic backtracking|regular expression denial|quadratic"),
    ("resource", "exponential|infinite loop|infinite recursion|recursionerror| hang | hangs "),
    ("resource", "stack exhaustion|resource exhaustion|memory exhaustion|never returns"),
    ("resource", "never terminates|recursion depth|recursion limit|uncontrolled recursion"),
    ("race", "race condition| toctou"),
    ("type memory", "type confusion"),
)
_PROSE_TABLE = tuple((frozenset(f.split()), tuple(words.split("|"))) for f, words in _PROSE)
_TO_SPACE = str.maketrans(dict.fromkeys("-,;:()/\n\t", " "))


def of_prose(text: str) -> frozenset[str]:
    """Families that a title or description names in words."""
    plain = f" {text[:4000]} ".lower().translate(_TO_SPACE)
    found: frozenset[str] = frozenset()
    for families, phrases in _PROSE_TABLE:
        if any(phrase in plain for phrase in phrases):
            found |= families
    return found


def agree(a: frozenset[str], b: frozenset[str]) -> bool:
    """Say whether two sets of families share one."""
    return not a.isdisjoint(b)
