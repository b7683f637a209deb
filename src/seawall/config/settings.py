"""Django's settings. Every default is safe; `SEAWALL_…` variables change them.

SEAWALL_HOME           folder of all state (default ~/.local/share/seawall)
SEAWALL_DATABASE_URL   postgresql://… instead of SQLite in the home folder
SEAWALL_PRODUCTION     1: refuse to start on unsafe settings
SEAWALL_DEBUG          1: show errors in pages; never in production
SEAWALL_SECRET_KEY     instead of the generated one in the home folder
SEAWALL_ALLOWED_HOSTS  comma-separated host names (default: this machine)
SEAWALL_ORIGIN         where people reach the pages, such as https://seawall.example; passkeys and
                       OpenID Connect need it, and with https:// all cookies travel over TLS only
SEAWALL_SESSION_…      how long people stay signed in: IDLE_MINUTES unused (120), HOURS at most (12)
SEAWALL_OIDC_…         an OpenID provider: ISSUER, CLIENT_ID, CLIENT_SECRET_FILE, NAME (its button)
SEAWALL_MAX_REPORT_MB  largest report over the API, in MiB (default 64)
SEAWALL_KEYRING        file of the data keys (default keyring/keyring.sqlite3 in the home folder);
                       keep it out of the backups of the database and the blobs
SEAWALL_KEY_FILE       file of the keys that wrap them (default keys/sealing.key in the home)
SEAWALL_PKCS11_…       a token instead of that file: MODULE (the library), TOKEN (its label),
                       PIN_FILE, LABEL (of its keys, default seawall-kek)
SEAWALL_SMTP_…, MAIL_…, OUTBOUND_…, VINCE_…, GITHUB_…  every way out; see `config.outgoing`
SEAWALL_PUBLISHER_…    who publishes advisories here: NAME, NAMESPACE (a URL of its own), CONTACT,
                       and for CVE records ORG_ID and SHORT_NAME; nothing is published without NAME
SEAWALL_PUBLIC, FEED_URL, LOG_ORIGIN, WITNESSES  the public tree and log: `config.publishing`
"""

import os

from django.core.exceptions import ImproperlyConfigured

from seawall.config import outgoing
from seawall.config.databases import database
from seawall.config.home import home_path, make_home, secret_text
from seawall.config.outgoing import *  # noqa: F403
from seawall.config.publishing import feed_url, log_origin, public_folder
from seawall.config.safety import unsafe_keys, unsafe_settings, unsafe_ways_out


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes", "on")


SEAWALL_HOME = make_home(home_path())
SEAWALL_PRODUCTION = _flag("SEAWALL_PRODUCTION")
SEAWALL_DATABASE_URL = os.environ.get("SEAWALL_DATABASE_URL", "")
SEAWALL_MAX_REPORT_BYTES = int(os.environ.get("SEAWALL_MAX_REPORT_MB", "64")) << 20

SEAWALL_KEYRING = os.environ.get("SEAWALL_KEYRING", "")
SEAWALL_KEY_FILE = os.environ.get("SEAWALL_KEY_FILE", "")
SEAWALL_PKCS11_MODULE = os.environ.get("SEAWALL_PKCS11_MODULE", "")
SEAWALL_PKCS11_TOKEN = os.environ.get("SEAWALL_PKCS11_TOKEN", "")
SEAWALL_PKCS11_PIN_FILE = os.environ.get("SEAWALL_PKCS11_PIN_FILE", "")
SEAWALL_PKCS11_LABEL = os.environ.get("SEAWALL_PKCS11_LABEL", "seawall-kek")

SEAWALL_PUBLISHER_NAME = os.environ.get("SEAWALL_PUBLISHER_NAME", "")
SEAWALL_PUBLISHER_NAMESPACE = os.environ.get("SEAWALL_PUBLISHER_NAMESPACE", "")
SEAWALL_PUBLISHER_CONTACT = os.environ.get("SEAWALL_PUBLISHER_CONTACT", "")
SEAWALL_PUBLISHER_ORG_ID = os.environ.get("SEAWALL_PUBLISHER_ORG_ID", "")
SEAWALL_PUBLISHER_SHORT_NAME = os.environ.get("SEAWALL_PUBLISHER_SHORT_NAME", "")

SEAWALL_ORIGIN = os.environ.get("SEAWALL_ORIGIN", "").rstrip("/")
SEAWALL_PUBLIC = public_folder(SEAWALL_HOME)
SEAWALL_FEED_URL = feed_url(SEAWALL_ORIGIN)
SEAWALL_LOG_ORIGIN = log_origin(SEAWALL_PUBLISHER_NAMESPACE)
SEAWALL_WITNESSES = os.environ.get("SEAWALL_WITNESSES", "")
SEAWALL_SESSION_IDLE_MINUTES = int(os.environ.get("SEAWALL_SESSION_IDLE_MINUTES", "120"))
SEAWALL_SESSION_HOURS = int(os.environ.get("SEAWALL_SESSION_HOURS", "12"))
SEAWALL_OIDC_ISSUER = os.environ.get("SEAWALL_OIDC_ISSUER", "")
SEAWALL_OIDC_CLIENT_ID = os.environ.get("SEAWALL_OIDC_CLIENT_ID", "")
SEAWALL_OIDC_CLIENT_SECRET_FILE = os.environ.get("SEAWALL_OIDC_CLIENT_SECRET_FILE", "")
SEAWALL_OIDC_NAME = os.environ.get("SEAWALL_OIDC_NAME", "")

DEBUG = _flag("SEAWALL_DEBUG")
SECRET_KEY = os.environ.get("SEAWALL_SECRET_KEY") or secret_text(SEAWALL_HOME / "secret.key")
ALLOWED_HOSTS = [
    host.strip()
    for host in os.environ.get("SEAWALL_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
    if host.strip()
]

# An app may use the apps listed before it.
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "seawall.ledger",
    "seawall.parties",
    "seawall.inventory",
    "seawall.notices",
    "seawall.claims",
    "seawall.findings",
    "seawall.validation",
    "seawall.cases",
    "seawall.relays",
    "seawall.advisories",
    "seawall.distribution",
    "seawall.directives",
    "seawall.reviews",
    "seawall.headstart",
    "seawall.web",
    "django.contrib.messages",
]
MIDDLEWARE = [
    "seawall.api.problems.ProblemDocuments",
    "django.middleware.security.SecurityMiddleware",
    "seawall.web.headers.SecurityHeaders",
    "seawall.web.language.Language",
    "django.middleware.common.CommonMiddleware",
    "seawall.web.who.PageSessions",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "seawall.web.who.Who",
    "seawall.web.errors.ErrorPages",
]
ROOT_URLCONF = "seawall.config.urls"
ASGI_APPLICATION = "seawall.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "seawall.web.templatetags.parts"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "seawall.web.context.shell",
            ],
        },
    }
]
STATIC_URL = "/static/"
APPEND_SLASH = False
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
_TLS = SEAWALL_ORIGIN.startswith("https://")
# "__Host-": browsers take such a cookie over TLS only, and from this host alone.
_HOST = "__Host-" if _TLS else ""
SESSION_ENGINE = "seawall.parties.session_store"
SESSION_COOKIE_NAME = f"{_HOST}seawall_session"
SESSION_COOKIE_AGE = SEAWALL_SESSION_HOURS * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
CSRF_COOKIE_NAME = f"{_HOST}seawall_form"
CSRF_TRUSTED_ORIGINS = [SEAWALL_ORIGIN] if SEAWALL_ORIGIN else []
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "seawall.web.errors.csrf_failed"
LANGUAGE_COOKIE_NAME = "seawall_language"
LANGUAGES = [("en", "English"), ("es", "Español")]

DATABASES = {"default": database(home=SEAWALL_HOME, url=SEAWALL_DATABASE_URL)}
AUTH_USER_MODEL = "parties.Person"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"

DATA_UPLOAD_MAX_MEMORY_SIZE = SEAWALL_MAX_REPORT_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
DATA_UPLOAD_MAX_NUMBER_FILES = 20
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Refused requests are answered in words; they are not events of the log. What broke is.
        "django.request": {"level": "ERROR" if not DEBUG else "WARNING"},
    },
}

if SEAWALL_PRODUCTION and (
    _unsafe := [
        *unsafe_settings(
            debug=DEBUG,
            secret_key=SECRET_KEY,
            allowed_hosts=ALLOWED_HOSTS,
            home=SEAWALL_HOME,
            database_url=SEAWALL_DATABASE_URL,
            origin=SEAWALL_ORIGIN,
        ),
        *unsafe_ways_out(
            smtp_host=outgoing.SEAWALL_SMTP_HOST,
            smtp_security=outgoing.SEAWALL_SMTP_SECURITY,
            secret_files=[
                outgoing.SEAWALL_SMTP_PASSWORD_FILE,
                outgoing.SEAWALL_VINCE_TOKEN_FILE,
                outgoing.SEAWALL_GITHUB_TOKEN_FILE,
            ],
        ),
        *unsafe_keys(
            home=SEAWALL_HOME,
            keyring=SEAWALL_KEYRING,
            key_file=SEAWALL_KEY_FILE,
            module=SEAWALL_PKCS11_MODULE,
            token=SEAWALL_PKCS11_TOKEN,
            pin_file=SEAWALL_PKCS11_PIN_FILE,
        ),
    ]
):
    raise ImproperlyConfigured("Seawall does not start in production: " + " ".join(_unsafe))
