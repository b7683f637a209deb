"""The range notations of package managers as VERS: npm, Conan, RubyGems, NuGet, PyPI, OpenSSL,
nginx. Each alternative of a range becomes its constraints; all are sorted, none is merged."""

import re
from collections.abc import Callable

from seawall.matching.vers import Constraint, Vers, make_vers
from seawall.vocab.errors import BadInput

_MAX_LENGTH = 20_000


def vers_from_native(scheme: str, text: str) -> Vers:
    """Read a range as the package manager `scheme` writes it; BadInput when it cannot be."""
    reader = _READERS.get(scheme)
    if reader is None:
        raise BadInput(f"native ranges of {scheme} are not read")
    if len(text) > _MAX_LENGTH:
        raise BadInput(f"a range longer than {_MAX_LENGTH} characters")
    if not text.strip():
        raise BadInput("an empty range")
    found = reader(text.strip())
    return make_vers(scheme, found) if found else Vers(scheme=scheme)


_NPM_HYPHEN = re.compile(r"\s*(\S+)\s+-\s+(\S+)\s*")
_NPM_TERM = re.compile(r"(>=|<=|~>|[<>=~^])?\s*[v=]*([0-9xX*][0-9A-Za-z.+*-]*)")


def _npm(text: str) -> list[Constraint]:
    """docs.npmjs.com, semver: hyphen, x, tilde and caret ranges."""
    found: list[Constraint] = []
    for alternative in text.split("||"):
        if alternative.strip() in ("*", "", "x", "X"):
            return []
        hyphen = _NPM_HYPHEN.fullmatch(alternative)
        if hyphen:
            low, high = hyphen.groups()
            found += [Constraint(">=", _three(low)), Constraint("<=", _three(high))]
            continue
        for sign, version in _terms(_NPM_TERM, alternative):
            found += _npm_term(sign, version)
    return found


def _npm_term(sign: str, version: str) -> list[Constraint]:
    release = re.split(r"[-+]", version)[0].split(".")
    numbers = [int(part) for part in release if part.isdecimal()]
    if any(part in ("x", "X", "*") for part in release):
        low = ".".join(map(str, [*numbers, 0, 0][:3]))
        return [Constraint(">=", low), Constraint("<", _bumped(numbers, len(numbers) - 1))]
    if sign in ("~", "~>"):
        upper = _bumped(numbers, min(1, len(numbers) - 1))
        return [Constraint(">=", _three(version)), Constraint("<", upper)]
    if sign == "^":
        first = next((i for i, n in enumerate(numbers) if n), len(numbers) - 1)
        return [Constraint(">=", _three(version)), Constraint("<", _bumped(numbers, first))]
    return [Constraint(sign or "=", _three(version))]


def _three(version: str) -> str:
    """Pad the release to three numbers: 1.1 → 1.1.0."""
    release, mark, rest = version.lstrip("v=").partition("-")
    parts = release.split(".")
    return ".".join([*parts, "0", "0"][: max(3, len(parts))]) + mark + rest


def _bumped(numbers: list[int], position: int) -> str:
    """Raise the number at `position`, zero what follows, three numbers in all."""
    if not numbers:
        raise BadInput("a range without numbers")
    bumped = [*numbers[:position], numbers[position] + 1]
    return ".".join(map(str, [*bumped, 0, 0][:3]))


_CONAN_TERM = re.compile(r"(>=|<=|[<>=~^])?\s*([0-9A-Za-z][0-9A-Za-z._+-]*|\*-?)")


def _conan(text: str) -> list[Constraint]:
    """docs.conan.io, version ranges: an upper end "2-" keeps pre-releases of 2 out."""
    found: list[Constraint] = []
    for alternative in text.partition(",")[0].split("||"):
        for sign, raw in _terms(_CONAN_TERM, alternative):
            version = raw.removesuffix("-")
            if version == "*":
                found.append(Constraint(">=", "0.0.0"))
            elif sign in ("~", "^"):
                found += [Constraint(">=", version), Constraint("<", _conan_upper(sign, version))]
            else:
                found.append(Constraint(sign or "=", version))
    return found


def _conan_upper(sign: str, version: str) -> str:
    parts = re.split(r"[-+]", version)[0].split(".")
    if sign == "~":
        position = min(1, len(parts) - 1)
    else:
        position = next((i for i, part in enumerate(parts) if part.strip("0")), len(parts) - 1)
    if not parts[position].isdecimal():
        raise BadInput("a range that raises a part that is no number")
    return ".".join([*parts[:position], str(int(parts[position]) + 1)]) + "-"


_GEM_TERM = re.compile(r"(~>|>=|<=|!=|[<>=])?\s*([0-9][0-9A-Za-z.-]*)")


def _gem(text: str) -> list[Constraint]:
    """guides.rubygems.org, patterns: "~> 2.0.8" is >= 2.0.8 and < 2.1."""
    found: list[Constraint] = []
    for sign, version in _terms(_GEM_TERM, text.replace(",", " ")):
        found += _pessimistic(version) if sign == "~>" else [Constraint(sign or "=", version)]
    return found


def _pessimistic(version: str) -> list[Constraint]:
    numbers = re.findall(r"^[0-9]+|(?<=\.)[0-9]+(?=\.|$)", version)
    kept = numbers[:-1] or numbers
    upper = ".".join([*kept[:-1], str(int(kept[-1]) + 1)])
    return [Constraint(">=", version), Constraint("<", upper)]


_PYPI_TERM = re.compile(r"(===|~=|==|>=|<=|!=|[<>])\s*([0-9A-Za-z.!+*_-]+)")


def _pypi(text: str) -> list[Constraint]:
    """PEP 440 version specifiers; wildcards and "===" have no VERS form."""
    found: list[Constraint] = []
    for sign, version in _terms(_PYPI_TERM, text.replace(",", " ")):
        if "*" in version or sign == "===":
            raise BadInput(f"{sign}{version} cannot be said in VERS")
        if sign == "~=":
            found += _pessimistic(version)
        else:
            found.append(Constraint("=" if sign == "==" else sign, version))
    return found


_NUGET = re.compile(r"([\[(])\s*([^,\s]*)\s*(?:(,)\s*([^,\s]*)\s*)?([\])])")


def _nuget(text: str) -> list[Constraint]:
    """learn.microsoft.com, NuGet version ranges: interval notation, or a lowest version."""
    match = _NUGET.fullmatch(text)
    if match is None:
        return [Constraint(">=", text)]
    opening, low, comma, high, closing = match.groups()
    if not comma:
        return [Constraint("=", low)]
    found = [Constraint(">=" if opening == "[" else ">", low)] if low else []
    return found + ([Constraint("<=" if closing == "]" else "<", high)] if high else [])


def _openssl(text: str) -> list[Constraint]:
    """The lists of versions in OpenSSL's advisories."""
    return [Constraint("=", part.strip()) for part in text.split(",") if part.strip()]


def _nginx(text: str) -> list[Constraint]:
    """nginx.org, security advisories: "1.4.1+" means the rest of a stable branch (even second
    number), and everything later when it is on a mainline branch (odd)."""
    found: list[Constraint] = []
    parts = [piece.strip() for piece in text.split(",")]
    for part in sorted(parts, key=_numbers):
        low, dash, high = part.partition("-")
        if part.endswith("+"):
            numbers = _numbers(part)
            found.append(Constraint(">=", part[:-1]))
            if len(numbers) > 1 and numbers[1] % 2 == 0:
                found.append(Constraint("<", f"{numbers[0]}.{numbers[1] + 1}.0"))
        elif dash:
            found += [Constraint(">=", low), Constraint("<=", high)]
        else:
            found.append(Constraint("=", part))
    return found


def _numbers(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"[0-9]+", text)]


def _terms(form: re.Pattern[str], text: str) -> list[tuple[str, str]]:
    """Comparator and version of every term; BadInput when anything else is left over."""
    if form.sub("", text).strip():
        raise BadInput("a range that cannot be read", where=text)
    return [(sign or "", version) for sign, version in form.findall(text)]


_READERS: dict[str, Callable[[str], list[Constraint]]] = {
    "conan": _conan,
    "gem": _gem,
    "nginx": _nginx,
    "npm": _npm,
    "nuget": _nuget,
    "openssl": _openssl,
    "pypi": _pypi,
}
