"""Weakness families: which CWEs, sanitizer words and prose can be one bug seen differently.

Parents and children after CWE 4.16, view 1003 and category 189, reduced to what reports of one
bug are seen to disagree on. Two weaknesses agree when they share a family.
"""

import re
from functools import lru_cache

FAMILIES: dict[str, tuple[int, ...]] = {
    "memory": (
        118,
        119,
        120,
        121,
        122,
        123,
        124,
        125,
        126,
        127,
        129,
        131,
        466,
        680,
        761,
        763,
        786,
        787,
        788,
        805,
        806,
        822,
        823,
        824,
        825,
    ),
    "lifetime": (415, 416, 562, 590, 672, 825, 762, 763, 761),
    "null": (476, 690, 252),
    "uninitialised": (456, 457, 665, 908, 824),
    "numeric": (
        128,
        129,
        189,
        190,
        191,
        192,
        193,
        194,
        195,
        196,
        197,
        369,
        680,
        681,
        682,
        839,
        1335,
        1284,
        789,
    ),
    "type": (704, 843, 351),
    "race": (362, 363, 366, 367, 413, 667, 833),
    "resource": (
        400,
        401,
        404,
        405,
        407,
        409,
        674,
        770,
        772,
        776,
        789,
        834,
        835,
        1333,
        1050,
        776,
        730,
        185,
        1176,
    ),
    "path": (21, 22, 23, 24, 29, 35, 36, 37, 38, 39, 40, 41, 59, 61, 73, 706, 668),
    "command": (74, 77, 78, 88, 94, 95, 96, 97, 98, 913, 914, 917, 1336, 693, 470),
    "deserialise": (502, 915, 913, 20, 470),
    "prototype": (1321, 915, 471, 1329),
    "xss": (79, 80, 81, 83, 84, 85, 86, 87, 116, 644, 692),
    "sql": (89, 90, 91, 564, 643, 652, 943, 74),
    "xml": (611, 776, 827, 91),
    "request": (352, 441, 444, 601, 610, 918, 113, 93),
    "access": (
        264,
        269,
        276,
        284,
        285,
        287,
        288,
        290,
        294,
        306,
        307,
        346,
        639,
        732,
        749,
        862,
        863,
        1220,
        522,
        798,
    ),
    "crypto": (
        295,
        296,
        297,
        310,
        311,
        319,
        320,
        321,
        322,
        323,
        325,
        326,
        327,
        328,
        329,
        330,
        331,
        335,
        338,
        345,
        347,
        354,
        759,
        760,
        916,
        208,
        203,
        1240,
    ),
    "disclosure": (200, 201, 203, 209, 212, 319, 359, 532, 538, 552, 212),
    "exception": (248, 617, 703, 754, 755, 391),
}
"""Family → CWE numbers; a CWE may be in several."""

_OF_CWE: dict[int, frozenset[str]] = {}
for _family, _numbers in FAMILIES.items():
    for _number in _numbers:
        _OF_CWE[_number] = _OF_CWE.get(_number, frozenset()) | {_family}

_SANITIZER = (
    (("use-after", "double-free", "bad-free", "invalid-free", "alloc-dealloc", "stack-use-after"),
     ("lifetime", "memory")),
    (("negative-size-param", "divide-by-zero", "integer-overflow", "shift-", "float-cast",
      "implicit-conversion", "allocation-size-too-big", "calloc-overflow", "non-positive-vla", "FPE",
      "reallocarray-overflow", "floating-point"), ("numeric",)),
    (("uninitialized", "invalid-bool", "invalid-enum"), ("uninitialised",)),
    (("null-",), ("null",)),
    (("bad-cast", "vptr", "function-type"), ("type", "memory")),
    (("data-race", "lock-order", "deadlock"), ("race",)),
    (("timeout", "out-of-memory", "memory-leak", "stack-overflow"), ("resource",)),
    (("overflow", "underflow", "out-of-bounds", "SEGV", "segv", "unknown", "poison", "wild", "BUS",
      "param-overlap", "overread", "misaligned", "object-size"), ("memory",)),
    (("exception", "assert", "abrt", "ABRT", "unreachable", "check-failure", "panic"), ("exception",)),
)  # fmt: skip


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
    for words, families in _SANITIZER:
        if any(word in kind for word in words):
            return frozenset(families)
    return frozenset({kind}) if kind else frozenset()


_PROSE = tuple(
    (re.compile(rf"\b(?:{pattern})", re.IGNORECASE), families)
    for pattern, families in (
        (r"use[- ]after[- ]free|double[- ]free|dangling pointer|freed memory", ("lifetime", "memory")),
        (r"(?:heap|stack|buffer|global)[- ](?:based )?(?:buffer )?over(?:flow|read|run)|out[- ]of[- ]bounds"
         r"|OOB (?:read|write)|past the end of", ("memory",)),
        (r"null[- ]pointer|NULL deref", ("null",)),
        (r"integer (?:over|under)flow|divi(?:de|sion) by zero|sign(?:ed)?ness", ("numeric",)),
        (r"uninitiali[sz]ed", ("uninitialised",)),
        (r"path traversal|directory traversal|zip[- ]slip|arbitrary file (?:write|read|overwrite)",
         ("path",)),
        (r"command injection|code injection|(?:arbitrary|remote) (?:code|command)|shell injection"
         r"|template injection|sandbox (?:escape|breakout|bypass)|RCE", ("command",)),
        (r"deseriali[sz]|unpickl|unsafe (?:yaml )?load", ("deserialise", "command")),
        (r"prototype pollution|__proto__|Object\.prototype", ("prototype",)),
        (r"cross[- ]site scripting|XSS|script injection into", ("xss",)),
        (r"SQL injection|SQLi", ("sql",)),
        (r"XXE|external entit|billion laughs|entity expansion", ("xml", "resource")),
        (r"SSRF|server[- ]side request|open redirect|CSRF|request smuggling|CRLF", ("request",)),
        (r"ReDoS|catastrophic backtracking|regular expression denial|quadratic|exponential(?:ly)?"
         r"|infinite (?:loop|recursion)|stack exhaustion|resource exhaustion|never (?:returns|terminates)"
         r"|memory exhaustion|recursion (?:depth|limit|error)|RecursionError|hangs?\b", ("resource",)),
        (r"race condition|TOCTOU", ("race",)),
        (r"type confusion", ("type", "memory")),
    )
)  # fmt: skip


def of_prose(text: str) -> frozenset[str]:
    """Families that a title or description names in words."""
    head = text[:4000]
    return frozenset(f for pattern, found in _PROSE if pattern.search(head) for f in found)


def agree(a: frozenset[str], b: frozenset[str]) -> bool:
    """Say whether two sets of families share one."""
    return not a.isdisjoint(b)
