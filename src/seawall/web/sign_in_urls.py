"""Addresses of signing in, links, and one's own account."""

from django.urls import path

from seawall.web import (
    sign_in,
    sign_in_confirm,
    sign_in_links,
    sign_in_oidc,
    sign_in_passkey,
)

urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("sign-in/passkey", sign_in_passkey.sign_in, name="sign-in-passkey"),
    path("sign-in/passkey/options", sign_in_passkey.options, name="sign-in-passkey-options"),
    path("sign-in/oidc", sign_in_oidc.start, name="sign-in-oidc"),
    path("sign-in/oidc/return", sign_in_oidc.come_back, name="oidc-return"),
    path("confirm", sign_in_confirm.confirm, name="confirm"),
    path("confirm/options", sign_in_confirm.options, name="confirm-options"),
    path("confirm/oidc", sign_in_oidc.start_confirm, name="confirm-oidc"),
    path("reset/<str:secret>", sign_in_links.reset, name="reset"),
    path("join/<str:secret>", sign_in_links.join, name="join"),
    path("join/<str:secret>/options", sign_in_links.join_options, name="join-options"),
    path("join/<str:secret>/oidc", sign_in_oidc.start_join, name="join-oidc"),
]
