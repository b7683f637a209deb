"""The elements that pictures are made of; every text and attribute is escaped here."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Parts = Iterable[SafeString]


def element(kind: str, *children: SafeString | str, **attributes: object) -> SafeString:
    """`<kind …>children</kind>`. In attribute names "_" is "-", a last "_" is dropped (class_);
    an attribute that is None is left out; numbers are rounded to two places."""
    told = format_html_join(
        "",
        ' {}="{}"',
        (
            (name.rstrip("_").replace("_", "-"), _number(value))
            for name, value in attributes.items()
            if value is not None
        ),
    )
    inside = format_html_join("", "{}", ((child,) for child in children))
    return format_html("<{}{}>{}</{}>", SafeString(kind), told, inside, SafeString(kind))


def joined(parts: Parts) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def label(
    x: float, y: float, text: object, *, anchor: str | None = None, css: str = ""
) -> SafeString:
    """A line of text whose baseline is at `y`; `anchor` "middle" or "end", None for the start."""
    return element("text", str(text), x=x, y=y, text_anchor=anchor, class_=css or None)


def box(
    x: float, y: float, width: float, height: float, css: str, *, round_: float = 3
) -> SafeString:
    return element(
        "rect", x=x, y=y, width=max(width, 0), height=height, rx=round_ or None, class_=css
    )


def rule(x1: float, y1: float, x2: float, y2: float, css: str) -> SafeString:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=css)


def linked(href: str, name: str, *parts: SafeString) -> SafeString:
    """A part of a picture that leads somewhere; `name` is what is read out."""
    return element("a", *parts, href=href, aria_label=name)


def key(text: str, colour: int) -> SafeString:
    """One entry of a legend: a swatch of the colour `p-1` … `p-5`, and its word."""
    swatch = element(
        "svg",
        element("rect", width=12, height=12, rx=2, class_=f"p-{colour}"),
        viewBox="0 0 12 12",
        width=12,
        height=12,
        aria_hidden="true",
        class_="swatch",
    )
    return element("span", swatch, f" {text}", class_="key")


def figure(
    name: str,
    *,
    title: str,
    description: str,
    width: int,
    height: int,
    parts: Parts,
    caption: SafeString | str = "",
    has_links: bool = False,
) -> SafeString:
    """A figure with the SVG; `name` is unique on the page. On a narrow screen it scrolls."""
    drawn = element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        *parts,
        viewBox=f"0 0 {width} {height}",
        role="group" if has_links else "img",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc",
    )
    frame = element("div", drawn, class_="scroll", tabindex="0", role="group", aria_label=title)
    told = element("figcaption", caption) if caption else SafeString("")
    return element("figure", frame, told, class_="picture")


def _number(value: object) -> object:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
