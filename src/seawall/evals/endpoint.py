"""Where a model is asked: an OpenAI-compatible endpoint, how it is called, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from seawall.outbound.client import Caps, Internal, Outbound
from seawall.outbound.urls import read_url
from seawall.vocab.evals import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens, which is millionths of a dollar per token."""

    input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)

    def micro_usd(self, usage: Usage) -> int:
        """What `usage` costs, rounded to whole millionths of a dollar."""
        return round(usage.input_tokens * self.input + usage.output_tokens * self.output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A model behind an address. The key is kept in memory and is in no text of this object."""

    base_url: str
    """Up to and including the version, as in "https://api.example/v1"."""
    model: str
    key: str = field(default="", repr=False)
    price: Price = Price()
    internal: bool = False
    """Its host is of one's own network and may be called although it is not public, also over
    http."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of each request, such as temperature or max_tokens; they win."""
    seconds: float = 600.0
    """The most that one call may take."""
    retries: int = 6
    """So often a call is tried again when the endpoint is overloaded or fails."""
    pause: float = 1.0
    """Seconds before the first retry; twice as long before each further one, at most a minute."""

    @property
    def name(self) -> str:
        """For the record: model and host."""
        return f"{self.model} at {urlsplit(self.base_url).netloc}"

    def outbound(self) -> Outbound:
        """The client that calls this endpoint's host and no other. Raises OutboundRefused."""
        target = read_url(self.base_url)
        own = Internal(host=target.host, port=target.port, plain=True)
        return Outbound(
            internal=(own,) if self.internal else (),
            only=frozenset({target.host}),
            caps=Caps(seconds=self.seconds, body_bytes=32 << 20),
        )
