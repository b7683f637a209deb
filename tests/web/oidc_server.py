"""A real OpenID provider (django-oauth-toolkit) in a process of its own: prints its issuer, and
signs in whoever the request's header `X-Test-User` names. Arguments: folder, the client's address
to return to."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

CLIENT_ID, CLIENT_SECRET = "seawall-tests", "a secret that only tests know"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def main(folder: Path, return_to: str) -> None:
    server = make_server("127.0.0.1", 0, lambda *_: [], handler_class=Quiet)
    issuer = f"http://127.0.0.1:{server.server_port}/o"
    configure(folder, issuer)
    import django

    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    register_client(return_to)
    server.set_app(get_wsgi_application())
    print(json.dumps({"issuer": issuer}), flush=True)
    server.serve_forever()


def configure(folder: Path, issuer: str) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    settings.configure(
        SECRET_KEY="x" * 50,
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "op.sqlite3")}
        },
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            f"{__name__}.SignedInByHeader",
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGIN_URL="/login",
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_ISS_ENDPOINT": issuer,
            "OIDC_RSA_PRIVATE_KEY": key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode(),
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "", "email": "", "profile": ""},
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.validator",
        },
    )


def register_client(return_to: str) -> None:
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    for name in ("pat", "sam"):
        User.objects.create(
            username=name,
            email=f"{name}@example.org",
            first_name=name.title(),
            last_login=datetime.now(UTC),
        )
    Application.objects.create(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=return_to,
        algorithm=Application.RS256_ALGORITHM,
        skip_authorization=True,
        name="Seawall",
    )


class SignedInByHeader:
    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request):
        from django.contrib.auth.models import User

        name = request.headers.get("X-Test-User")
        if name:
            request.user = User.objects.get(username=name)
        return self._get_response(request)


def __getattr__(name: str) -> object:
    if name == "urlpatterns":
        from django.urls import include, path

        return [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))]
    if name == "validator":
        from oauth2_provider.oauth2_validators import OAuth2Validator

        class Validator(OAuth2Validator):
            oidc_claim_scope = None

            def get_additional_claims(self, request):
                return {"email": request.user.email, "name": request.user.first_name}

        return Validator
    raise AttributeError(name)


if __name__ == "__main__":
    sys.modules["oidc_server"] = sys.modules["__main__"]
    main(Path(sys.argv[1]), sys.argv[2])
