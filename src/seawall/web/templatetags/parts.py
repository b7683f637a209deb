"""Tags and filters that every template has without {% load %}."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seawall.vocab.evidence import EvidenceLevel
from seawall.web import words
from seawall.web.assets import asset_address
from seawall.web.listing import with_query

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """The address of a file below web/static."""
    return asset_address(name)


@register.filter
def word(value: Any) -> str:
    """A word of `vocab` as people read it."""
    return words.word(value)


@register.simple_tag
def badge(value: Any, label: str = "") -> SafeString:
    """A state, verdict, severity, marking or level as a badge; nothing for an empty value."""
    if value is None or value == "":
        return SafeString("")
    text = words.word(value)
    return format_html(
        '<span class="badge {}">{}{}</span>',
        words.tone(value),
        format_html('<span class="unseen">{} </span>', label) if label else "",
        text,
    )


@register.simple_tag
def level(number: int | None) -> SafeString:
    """An evidence level given as a number; E0 for None."""
    return badge(EvidenceLevel(number or 0))


@register.simple_tag
def when(at: datetime | None, style: str = "short") -> SafeString:
    """A moment in UTC; `style` "short" (minutes), "date", or "ago" ("3 days ago", "in 2 hours")."""
    if at is None:
        return SafeString("—")
    at = timezone.localtime(at, timezone.get_default_timezone())
    exact = f"{at:%Y-%m-%d %H:%M} UTC"
    shown = {"date": f"{at:%Y-%m-%d}", "ago": _distance(at - timezone.now())}.get(style, exact)
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, shown)


@register.simple_tag
def due(at: datetime | None) -> SafeString:
    """A deadline: its date, how far it is, and a tone once it is near or past."""
    if at is None:
        return SafeString("—")
    left = at - timezone.now()
    tone = "bad" if left < timedelta() else "warn" if left < timedelta(days=3) else "plain"
    return format_html(
        '{} <span class="badge {}">{}</span>', when(at, "date"), tone, _distance(left)
    )


@register.filter
def day(at: datetime) -> str:
    """A day in the reader's language."""
    return date_format(at, "DATE_FORMAT")


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """The present address's query with some parameters changed; None takes one away."""
    return with_query(context["request"].GET, **changes)


@register.simple_tag
def address(name: str, *args: object) -> str:
    """The address of a page, or "" when this installation does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.filter
def of_size(size_bytes: int) -> str:
    """A size in bytes as people read it."""
    size = float(size_bytes)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def _distance(left: timedelta) -> str:
    seconds = abs(left.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return _told(unit, count, past=left < timedelta())
    return _("now")


def _told(unit: str, count: int, *, past: bool) -> str:
    if unit == "day":
        if past:
            return ngettext("%(count)d day ago", "%(count)d days ago", count) % {"count": count}
        return ngettext("in %(count)d day", "in %(count)d days", count) % {"count": count}
    if unit == "hour":
        if past:
            return ngettext("%(count)d hour ago", "%(count)d hours ago", count) % {"count": count}
        return ngettext("in %(count)d hour", "in %(count)d hours", count) % {"count": count}
    if past:
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", count) % {"count": count}
    return ngettext("in %(count)d minute", "in %(count)d minutes", count) % {"count": count}


@register.filter
def web_address(url: str) -> str:
    """`url` when it is one that may be followed (http, https), else ""."""
    return url if url.lower().startswith(("https://", "http://")) else ""
