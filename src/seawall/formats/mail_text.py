"""What somebody wrote in a mail, without what they quote, and without markup."""

import html
import re

_MARKER = "-- Write your answer above this line --"
_ATTRIBUTION = re.compile(
    r"(?:On|Am|Le|El|Il|Em|Op|Den|W dniu)\b.{4,300}"
    r"(?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev|napisał\(a\))"
    r"[^:]{0,100}:\s*",
    re.IGNORECASE,
)
_DIVIDER = re.compile(
    r"\s*(?:-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Message d'origine|"
    r"Forwarded message)\s*-{2,}|_{20,})\s*",
    re.IGNORECASE,
)
_HEADER = re.compile(r"\s*\*?(?:From|Von|De|Da)\*?:\s*\S.*", re.IGNORECASE)
_NEXT_HEADER = re.compile(
    r"\s*\*?(?:Sent|Date|To|Gesendet|Datum|An|Envoyé|À|Enviado|Para|Inviato|A)\*?:\s.*",
    re.IGNORECASE,
)
_BLOCKS = frozenset(["p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "pre"])
_HIDDEN = ("script", "style", "head", "title")


def answer_in(text: str) -> str:
    """The part of a mail that its sender wrote now: up to the first sign of a quotation or of a
    signature. The whole text when nothing else would be left."""
    lines = text.split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        if _ends_here(lines, number):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line.rstrip())
    answer = "\n".join(kept).strip()
    return answer or text.strip()


def _ends_here(lines: list[str], number: int) -> bool:
    line = lines[number][:1000]
    if _MARKER in line or line.rstrip() == "--" or _DIVIDER.fullmatch(line):
        return True
    following = lines[number + 1][:1000] if number + 1 < len(lines) else ""
    if _ATTRIBUTION.fullmatch(line.strip()) or (
        following and _ATTRIBUTION.fullmatch(f"{line.strip()} {following.strip()}")
    ):
        return True
    return bool(_HEADER.fullmatch(line) and _NEXT_HEADER.fullmatch(following))


def text_of_html(markup: str) -> str:
    """The words of HTML, one block on each line. It reads each character once and follows
    nothing."""
    parts: list[str] = []
    at = 0
    while (opens := markup.find("<", at)) >= 0:
        parts.append(markup[at:opens])
        if markup.startswith("<!--", opens):
            closes = markup.find("-->", opens + 4)
            at = closes + 3 if closes >= 0 else len(markup)
            continue
        closes = markup.find(">", opens)
        if closes < 0:
            at = opens
            break
        name = _tag(markup[opens + 1 : min(closes, opens + 40)])
        at = closes + 1
        if name in _HIDDEN:
            ends = _find_end(markup, name, at)
            at = ends if ends >= 0 else len(markup)
        elif name.removeprefix("/") in _BLOCKS:
            parts.append("\n")
    parts.append(markup[at:])
    text = html.unescape("".join(parts))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in text.split("\n"))).strip()


def _tag(inner: str) -> str:
    """ "p" of `p class="x"`, "/p" of `/p`."""
    words = inner.strip().lower().split(maxsplit=1)
    return words[0] if words and inner.startswith("/") else (words[0].rstrip("/") if words else "")


def _find_end(markup: str, name: str, at: int) -> int:
    """Where the closing tag of a hidden element begins."""
    found = re.compile(rf"</{name}\b", re.IGNORECASE).search(markup, at)
    return found.start() if found else -1
