"""What the operator's client meets, as one line and an exit code; the store of a synced feed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from seawall.cli.output import BAD_NEWS, MISSING, clear_errors, fail

if TYPE_CHECKING:
    from seawall.client.feeds import FeedState
    from seawall.client.store import Store


@contextmanager
def client_errors() -> Iterator[None]:
    """Exit code 1 for what does not verify, 2 for what was called or given wrongly, 3 for what is
    not there now: the source, the store, the key."""
    import sqlite3

    from seawall.client.errors import FeedRefused, Unreachable
    from seawall.client.home import Busy
    from seawall.client.sending import NotSent
    from seawall.client.store import StoreBroken
    from seawall.signing.keys import KeyUnusable

    try:
        with clear_errors():
            yield
    except FeedRefused as refused:
        fail(str(refused), code=BAD_NEWS)
    except (Unreachable, Busy, NotSent, StoreBroken, KeyUnusable) as failed:
        fail(str(failed), code=MISSING)
    except sqlite3.DatabaseError as error:
        fail(f"the store of the feed cannot be used: {error}", code=MISSING)


@contextmanager
def synced_store(feed: str) -> "Iterator[tuple[Store, FeedState]]":
    """The store of a feed and its state; exit code 3 when it was never synced."""
    from seawall.client.feeds import feed_state
    from seawall.client.home import feed_home
    from seawall.client.store import Store

    with client_errors():
        store = Store.open_existing(feed_home(feed))
        state = feed_state(store, feed) if store else None
        if store is None or state is None:
            fail(f"the feed {feed} was never synced: seawall sync URL --name {feed}", code=MISSING)
        with store:
            yield store, state
