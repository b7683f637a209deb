"""The one error for input that cannot be used: what, where, and how to mend it."""


class BadInput(ValueError):
    """Input from outside cannot be used; nothing was kept of it and nothing else was lost.

    `what` says what is wrong, `where` points into the input (a JSON pointer, a line, a member
    of an archive; empty for the whole), `mend` says what to do about it. One line each.
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what = one_line(what)
        self.where = one_line(where)
        self.mend = one_line(mend)
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} ({self.mend})" if self.mend else text


def one_line(text: str, *, limit: int = 300) -> str:
    """Give `text` on one printable line, at most `limit` characters, safe for terminals."""
    flat = "".join(c if c.isprintable() else " " for c in text)
    flat = " ".join(flat.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
