"""Addresses of signing in, links, and one's own account."""

from django.urls import path

from seawall.web import (
    account,
    account_keys,
    sign_in,
    sign_in_confirm,
    sign_in_links,
    sign_in_oidc,
    sign_in_passkey,
    wizard,
)

urlpatterns = [
    path("setup", wizard.start, name="setup-start"),
    path("setup/<str:secret>", wizard.set_up, name="setup"),
    path("setup/<str:secret>/options", wizard.options, name="setup-options"),
    path("welcome", wizard.welcome, name="welcome"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("sign-in/passkey", sign_in_passkey.sign_in, name="sign-in-passkey"),
    path("sign-in/passkey/options", sign_in_passkey.options, name="sign-in-passkey-options"),
    path("sign-in/oidc", sign_in_oidc.start, name="sign-in-oidc"),
    path("sign-in/oidc/return", sign_in_oidc.come_back, name="oidc-return"),
    path("confirm", sign_in_confirm.confirm, name="confirm"),
    path("confirm/options", sign_in_confirm.options, name="confirm-options"),
    path("confirm/oidc", sign_in_oidc.start_confirm, name="confirm-oidc"),
    path("account", account.account, name="account"),
    path("account/language", account.language, name="account-language"),
    path("account/leave/<int:id>", account.leave, name="account-leave"),
    path("account/sessions/end", account.end_others, name="account-end-others"),
    path("account/sessions/<str:id>/end", account.end_session, name="account-end-session"),
    path("account/tokens", account.new_token, name="account-new-token"),
    path("account/tokens/<str:key>/end", account.end_token, name="account-end-token"),
    path("account/password", account_keys.password, name="account-password"),
    path("account/passkeys", account_keys.add_passkey, name="account-passkey"),
    path("account/passkeys/options", account_keys.passkey_options, name="account-passkey-options"),
    path(
        "account/passkeys/<str:id>/remove",
        account_keys.remove_passkey,
        name="account-passkey-remove",
    ),
    path("account/oidc/link", sign_in_oidc.start_link, name="link-oidc"),
    path("account/oidc/unlink", sign_in_oidc.unlink, name="unlink-oidc"),
    path("reset/<str:secret>", sign_in_links.reset, name="reset"),
    path("join/<str:secret>", sign_in_links.join, name="join"),
    path("join/<str:secret>/options", sign_in_links.join_options, name="join-options"),
    path("join/<str:secret>/oidc", sign_in_oidc.start_join, name="join-oidc"),
]
