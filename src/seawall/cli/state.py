"""Opening the installation's state; commands call this before they import an app."""

from pathlib import Path

from seawall.cli.output import MISSING, fail


def open_state() -> Path:
    """Configure and migrate the installation; gives its home folder.

    What cannot be opened becomes one line and exit code 3.
    """
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    from seawall.config.bootstrap import setup
    from seawall.signing.keys import KeyUnusable

    try:
        return setup()
    except (ImproperlyConfigured, KeyUnusable) as error:
        fail(str(error), code=MISSING)
    except OperationalError as error:
        fail(f"the database cannot be opened: {error}".splitlines()[0], code=MISSING)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", code=MISSING)
