"""The signing secrets of webhooks: sealed under a data key of their channel."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from seawall.notices.models import Channel, Secret
from seawall.outbound.webhooks import new_secret
from seawall.parties import sealing

OVERLAP = timedelta(days=1)
"""How long the old secret signs beside a new one."""
_WHAT = "webhook secret"


def make_secret(channel: Channel, *, now: datetime) -> str:
    """Give the channel a new secret, and the old one a day; the text is seen this once."""
    if not channel.key_id:
        channel.key_id = sealing.new_key()
        channel.save(update_fields=["key_id"])
    for older in channel.secrets.filter(ends_at=None):
        older.ends_at = now + OVERLAP
        older.save(update_fields=["ends_at"])
    text = new_secret()
    sealed = sealing.seal(channel.key_id, text.encode(), what=_WHAT, place=_place(channel, now))
    Secret.objects.create(channel=channel, sealed=sealed, made_at=now)
    return text


def secrets_of(channel: Channel, *, now: datetime) -> list[str]:
    """The secrets to sign with at `now`, the newest first."""
    return [_read(channel, each) for each in _good(channel.secrets.all(), now)]


def _good(secrets: Iterable[Secret], now: datetime) -> list[Secret]:
    return [each for each in secrets if each.ends_at is None or each.ends_at > now]


def _read(channel: Channel, secret: Secret) -> str:
    place = _place(channel, secret.made_at)
    return sealing.unseal(bytes(secret.sealed), what=_WHAT, place=place).decode()


def _place(channel: Channel, made_at: datetime) -> str:
    return f"{channel.public_id} {sealing.exact(made_at)}"
