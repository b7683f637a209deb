"""The evidence ladder E0 to E4: what is reached, and what each step means."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seawall.vocab.evidence import EvidenceLevel
from seawall.web.pictures.svg import box, element, figure, label
from seawall.web.words import word

_WIDTH, _HEIGHT, _STEP, _RISE = 560, 176, 108, 25

MEANINGS = {
    EvidenceLevel.E0: gettext_lazy("no runnable proof"),
    EvidenceLevel.E1: gettext_lazy("fires in every clean run"),
    EvidenceLevel.E2: gettext_lazy("silent where it must be"),
    EvidenceLevel.E3: gettext_lazy("in the target's own code"),
    EvidenceLevel.E4: gettext_lazy("again on another worker"),
}


def ladder(level: int | None, *, name: str = "ladder") -> SafeString:
    """Five steps; those up to `level` are filled. None: nothing was run yet."""
    reached = EvidenceLevel(level or 0)
    title = _("Evidence level %(level)s") % {"level": word(reached)}
    description = "; ".join(f"{word(each)}: {MEANINGS[each]}" for each in EvidenceLevel)
    return figure(
        name,
        title=title,
        description=description,
        width=_WIDTH,
        height=_HEIGHT,
        parts=[_step(each, reached) for each in EvidenceLevel],
    )


def _step(each: EvidenceLevel, reached: EvidenceLevel) -> SafeString:
    x, top = 10 + each * _STEP, 106 - each * _RISE
    done = each <= reached
    height = 130 - top
    parts = [
        box(x, top, _STEP - 6, height, f"p-step {_css(each) if done else 'p-track'}"),
        label(x + 8, top + 18, each.name, css="p-strong" + (" p-on" if done else " p-quiet")),
        label(x, 148, word(each).split(" ", 1)[1], css="p-strong p-small"),
        *(
            label(x, 161 + 11 * row, line, css="p-quiet p-tiny")
            for row, line in enumerate(_lines(str(MEANINGS[each])))
        ),
    ]
    return element("g", *parts)


def _css(each: EvidenceLevel) -> str:
    return ("p-plain", "p-2", "p-1", "p-good", "p-good")[each]


def _lines(text: str, *, most: int = 19) -> list[str]:
    """`text` broken into at most two lines of about `most` characters."""
    lines = [""]
    for part in text.split():
        if lines[-1] and len(lines[-1]) + len(part) + 1 > most and len(lines) < 2:
            lines.append(part)
        else:
            lines[-1] = f"{lines[-1]} {part}".strip()
    return lines
