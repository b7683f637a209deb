"""The head-start funnel: bars in groups, each group with a scale of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from seawall.web.pictures.svg import box, element, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One bar; `href` leads to what is counted. `is_more`: there are more than `count`."""

    label: Any
    count: int
    css: str = "p-1"
    href: str = ""
    is_more: bool = False


def funnel(groups: Sequence[Sequence[Stage]]) -> SafeString:
    """A list of bars; beside each but a group's first stands its share of that first."""
    rows = [
        _row(stage, group[0].count, is_next=i > 0 and stage is group[0])
        for i, group in enumerate(groups)
        for stage in group
    ]
    return element("ol", *rows, class_="funnel")


def _row(stage: Stage, whole: int, *, is_next: bool) -> SafeString:
    label = str(stage.label)
    shown = element("a", label, href=stage.href) if stage.href else format_html("{}", label)
    share = min(stage.count / whole, 1.0) if whole else 0.0
    told = _("%(percent)d%%") % {"percent": round(share * 100)} if whole else ""
    bar = element(
        "svg",
        box(0, 0, 100, 10, "p-track", round_=0),
        box(0, 0, share * 100, 10, stage.css, round_=0),
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        aria_hidden="true",
        class_="bar",
    )
    return element(
        "li",
        joined(
            (
                element("span", shown, class_="funnel-label"),
                element("b", _shown(stage), class_="funnel-count"),
                element("span", told, class_="funnel-share"),
                bar,
            )
        ),
        class_="next" if is_next else None,
    )


def _shown(stage: Stage) -> str:
    return number_format(stage.count, force_grouping=True) + ("+" if stage.is_more else "")
