"""The directives of this installation, read once from their policy files."""

from functools import cache
from importlib.resources import files

from seawall.core.directive_policies import read_directive
from seawall.vocab.directives import Directive


@cache
def directives() -> tuple[Directive, ...]:
    """All directives, revoked ones included. Raises BadInput when a policy file is wrong."""
    folder = files("seawall") / "policies" / "directives"
    return tuple(
        read_directive(each.read_text(encoding="utf-8"), name=each.name)
        for each in sorted(folder.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".yaml")
    )


def directive(directive_id: str) -> Directive:
    """The directive with that id; raises LookupError."""
    for each in directives():
        if each.id == directive_id:
            return each
    raise LookupError(f"There is no directive {directive_id}.")
