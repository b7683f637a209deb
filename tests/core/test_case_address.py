"""An address of a case takes answers of one person, and nobody can make one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.case_address import Answering, case_address, read_address

KEY, BASE = b"k" * 50, "in@cert.example"
ADDRESS = case_address(BASE, case=12, person=3, key=KEY)


def test_it_names_the_case_and_the_person():
    assert read_address(ADDRESS, BASE, key=KEY) == Answering(case=12, person=3)
    assert read_address(f" {ADDRESS.upper()} ", BASE, key=KEY) == Answering(case=12, person=3)


def test_it_fits_where_addresses_go():
    longest = case_address(BASE, case=10**12 - 1, person=10**12 - 1, key=KEY)
    assert len(longest.partition("@")[0]) <= 64


@pytest.mark.parametrize(
    "address",
    [
        BASE,
        ADDRESS.replace("c12", "c13"),
        ADDRESS.replace("u3", "u4"),
        ADDRESS.replace("cert.example", "evil.example"),
        ADDRESS.replace("in+", "on+"),
        ADDRESS.replace("+", "-"),
        ADDRESS.replace("@", "a@"),
        "",
        "@",
        "in+@cert.example",
    ],
)
def test_any_other_address_is_none(address):
    assert read_address(address, BASE, key=KEY) is None


def test_another_installation_s_address_is_none():
    assert read_address(ADDRESS, BASE, key=b"other") is None


@given(position=st.integers(0, 23), letter=st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_no_letter_of_the_code_can_be_changed(position, letter):
    local, _, domain = ADDRESS.partition("@")
    changed = local[: -24 + position] + letter + (local[-23 + position :] if position < 23 else "")
    found = read_address(f"{changed}@{domain}", BASE, key=KEY)
    assert (found is None) == (changed != local)
