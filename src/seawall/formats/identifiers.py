"""Public identifiers, weaknesses and purls: their usual spelling, and where they stand in text."""

import re
from collections.abc import Iterable

from seawall.vocab.errors import BadInput

_CVE = re.compile(r"(?<![A-Za-z0-9-])CVE-(\d{4})-(\d{4,19})(?![0-9])", re.IGNORECASE)
_GHSA = re.compile(
    r"(?<![A-Za-z0-9-])GHSA((?:-[23456789cfghjmpqrvwx]{4}){3})(?![A-Za-z0-9])", re.IGNORECASE
)
_OTHER = re.compile(
    r"(?<![A-Za-z0-9-])("
    r"(?:PYSEC|RUSTSEC|GO|OSV|PSF|HSEC|RSEC|MAL|GSD|CURL-CVE|ASB-A|DSA|DLA|DTSA|JLSEC|OESA-SA|"
    r"VA|ICSA|ICSMA)-\d{2,4}-\d{1,9}(?:-\d{1,4})?"
    r"|(?:AL[BES]A|RH[BES]A|RL[BESX]?SA|ELSA|SUSE-SU)-\d{4}:\d{1,6}(?:-\d)?"
    r"|USN-\d{1,5}-\d{1,3}|VU#\d{4,7}"
    r")(?![A-Za-z0-9])"
)
_CWE = re.compile(r"(?<![A-Za-z0-9])CWE[-_: ]?0*([1-9]\d{0,4})(?![0-9])", re.IGNORECASE)
_PURL = re.compile(r"pkg:[A-Za-z][A-Za-z0-9.+-]*/[^\s\"'`<>()\[\]{},;|\\]+")


def identifiers_in(text: str) -> tuple[str, ...]:
    """CVE, GHSA, OSV and well-known vendor identifiers in `text`, usual spelling, first first."""
    found = [(m.start(), spell_identifier(m.group())) for m in _CVE.finditer(text)]
    found += [(m.start(), spell_identifier(m.group())) for m in _GHSA.finditer(text)]
    found += [(m.start(), m.group()) for m in _OTHER.finditer(text)]
    return unique(word for _, word in sorted(found))


def spell_identifier(word: str) -> str:
    """`word` in its usual spelling: CVE in capitals, GHSA with small letters behind it."""
    word = word.strip()
    if _CVE.fullmatch(word):
        return word.upper()
    if found := _GHSA.fullmatch(word):
        return "GHSA" + found.group(1).lower()
    return word


def cwes_in(text: str) -> tuple[str, ...]:
    """Weaknesses named in `text` as "CWE-79", first first."""
    return unique(f"CWE-{m.group(1)}" for m in _CWE.finditer(text))


def read_cwe(value: object, where: str) -> str:
    """ "CWE-79" from "CWE-79", "cwe-79", "79" or 79; BadInput for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000:
        return f"CWE-{value}"
    if isinstance(value, str):
        word = value.strip()
        if found := re.fullmatch(r"(?:CWE-)?0*([1-9]\d{0,4})", word, re.IGNORECASE):
            return f"CWE-{found.group(1)}"
    raise BadInput("not a weakness identifier", where=where, mend='write it like "CWE-79"')


def purls_in(text: str) -> tuple[str, ...]:
    """Package URLs in `text`, without the punctuation that ends a sentence."""
    return unique(m.group().rstrip(".:!?*_") for m in _PURL.finditer(text))


def unique(words: Iterable[str]) -> tuple[str, ...]:
    """`words` without repetitions and empty ones, in order."""
    return tuple(dict.fromkeys(word for word in words if word))
