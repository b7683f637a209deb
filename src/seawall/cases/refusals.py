"""The one error of the actions on cases."""

from seawall.vocab.decisions import Decision, Refused


class CaseRefused(ValueError):
    """A rule says no; the message is the reason. Retrying does not help."""


def require(decision: Decision, about: str) -> None:
    """Raise CaseRefused with the reason of a refusal; `about` is the id that it is about."""
    if isinstance(decision, Refused):
        raise CaseRefused(f"{about}: {decision.reason}.")
