"""The gateway's rules: who may use a model, how much, and what an official should look at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from seawall.core.gateway_rules import (
    Quota,
    Signal,
    SignalKind,
    Standing,
    Use,
    Used,
    has_security_work,
    is_odd_hour,
    may_use,
    network_of,
    purpose_fits,
    signals,
    wanted_tokens,
    within_quota,
)
from seawall.vocab.decisions import Allowed, Refused
from seawall.vocab.reviews import PartnerState, Provisioning, SubmissionState

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OPEN = Standing(
    key_expires_at=NOON + DAY,
    key_revoked_at=None,
    grant="provisioned",
    starts_at=NOON - DAY,
    ends_at=NOON + DAY,
    partner="designated",
    partner_expires_at=NOON + DAY,
    submission="window open",
    opens_at=NOON - DAY,
    closes_at=NOON + DAY,
    partner_release_at=NOON + DAY,
    withdrawn_at=None,
    deleted_at=None,
    stopped=False,
)


def test_a_grant_in_its_window_is_usable():
    assert may_use(OPEN, now=NOON) == Allowed()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stopped": True}, "stopped by hand"),
        ({"key_expires_at": NOON}, "the token has ended"),
        ({"key_revoked_at": NOON}, "the token has ended"),
        ({"starts_at": NOON + DAY}, "outside the time of the grant"),
        ({"ends_at": NOON}, "outside the time of the grant"),
        ({"partner_expires_at": NOON}, "the designation has expired"),
        ({"withdrawn_at": NOON}, "the model was withdrawn"),
        ({"deleted_at": NOON}, "the model was withdrawn"),
        ({"opens_at": None}, "outside the window"),
        ({"opens_at": NOON + DAY}, "outside the window"),
        ({"closes_at": NOON}, "outside the window"),
        ({"closes_at": None, "partner_release_at": NOON}, "outside the window"),
    ],
)
def test_a_grant_that_does_not_hold_is_not(change: dict[str, Any], reason: str):
    assert may_use(replace(OPEN, **change), now=NOON) == Refused(reason)


@pytest.mark.parametrize(
    "state", [each for each in Provisioning if each is not Provisioning.PROVISIONED]
)
def test_only_a_provisioned_grant_is_usable(state: Provisioning):
    assert may_use(replace(OPEN, grant=state.value), now=NOON) == Refused(f"the grant is {state}")


@pytest.mark.parametrize(
    "state", [each for each in SubmissionState if each is not SubmissionState.WINDOW_OPEN]
)
def test_only_an_open_window_is_usable(state: SubmissionState):
    assert isinstance(may_use(replace(OPEN, submission=state.value), now=NOON), Refused)


@pytest.mark.parametrize(
    "state", [each for each in PartnerState if each is not PartnerState.DESIGNATED]
)
def test_only_a_designated_partner_may(state: PartnerState):
    assert isinstance(may_use(replace(OPEN, partner=state.value), now=NOON), Refused)


def test_the_window_ends_with_the_release_to_other_partners_when_nothing_else_is_said():
    assert may_use(replace(OPEN, closes_at=None), now=NOON) == Allowed()


QUOTA = Quota(requests_per_minute=10, tokens_per_day=1_000, concurrent=2)


def test_quotas_are_used_to_the_last_token():
    used = Used(requests=9, tokens=500, promised=400, running=1)
    assert within_quota(QUOTA, used, wanted=100) == Allowed()
    assert within_quota(QUOTA, used, wanted=101) == Refused("1000 tokens a day (UTC)")
    busy, many = replace(used, running=2), replace(used, requests=10)
    assert within_quota(QUOTA, busy, wanted=0) == Refused("2 requests run already")
    assert within_quota(QUOTA, many, wanted=0) == Refused("10 requests a minute")


def test_wanted_tokens_are_what_is_sent_and_what_may_come():
    assert wanted_tokens(body_bytes=9, most_output=100) == 103


@pytest.mark.parametrize(
    ("stated", "fits"),
    [("", True), ("find  FLAWS", True), ("find\uff46laws", False), ("essays", False)],
)
def test_a_purpose_is_the_grants_own(stated: str, fits: bool):
    assert purpose_fits(stated, "Find flaws") is fits


USUAL = Use(
    tokens_per_day=1_000,
    tokens_in_hour=249,
    refused=99,
    looked_at=50,
    on_purpose=10,
    purposes_refused=2,
    odd_calls=4,
    failed_proofs=2,
    networks=5,
)


def test_usual_use_is_nothing_to_look_at():
    assert signals(USUAL) == ()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"tokens_in_hour": 250}, SignalKind.BULK_PULL),
        ({"refused": 100}, SignalKind.BULK_PULL),
        ({"on_purpose": 9}, SignalKind.OFF_PURPOSE),
        ({"purposes_refused": 3}, SignalKind.OFF_PURPOSE),
        ({"odd_calls": 5}, SignalKind.ODD_HOURS),
        ({"failed_proofs": 3}, SignalKind.STOLEN_TOKEN),
        ({"networks": 6}, SignalKind.MANY_ADDRESSES),
    ],
)
def test_each_kind_has_its_number(change: dict[str, int], kind: SignalKind):
    assert [each.kind for each in signals(replace(USUAL, **change))] == [kind]


def test_a_signal_says_the_numbers():
    (found,) = signals(replace(USUAL, failed_proofs=7))
    assert found == Signal(kind=SignalKind.STOLEN_TOKEN, facts={"requests without the key": 7})


def test_too_few_requests_say_nothing_of_their_purpose():
    assert signals(replace(USUAL, looked_at=49, on_purpose=0)) == ()


@pytest.mark.parametrize(
    ("hours", "odd"),
    [
        ([7, 19], False),
        ([13, 19], True),
        ([7, 12], True),
        ([22, 6], True),
        ([10, 2], False),
        ([], False),
        ([7], False),
    ],
)
def test_odd_hours_may_pass_midnight(hours: list[int], odd: bool):
    assert is_odd_hour(hours, now=NOON) is odd


def test_networks_are_told_apart_not_addresses():
    assert network_of("192.0.2.7") == network_of("192.0.2.200") != network_of("192.0.3.7")
    assert network_of("2001:db8:1::1") == network_of("2001:db8:1:ffff::2") == "2001:db8:1::/48"
    assert network_of("somewhere") == "somewhere"


@pytest.mark.parametrize(
    ("body", "on_purpose"),
    [
        (b"Is this a heap overflow?", True),
        (b"CVE-2026-0001 in libpng", True),
        (b"```c\nint x;\n```", True),
        (b"def f(x): ...", True),
        (b"Write a poem about the sea.", False),
        (b"Translate this letter to my aunt.", False),
        (b"\xff\xfe", False),
    ],
)
def test_what_could_be_work_on_vulnerabilities(body: bytes, on_purpose: bool):
    assert has_security_work(body, has_tools=False) is on_purpose
    assert has_security_work(body, has_tools=True)
