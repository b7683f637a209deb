"""Policies of witnesses: the specification's example, and rules that are none."""

import pytest

from seawall.signing.keys import PublicKey
from seawall.signing.notes import COSIGNATURE, NoteKey
from seawall.signing.witnesses import Policy, read_policy
from seawall.vocab.errors import BadInput


def key(name: str, *, kind: int = COSIGNATURE, raw: bytes | None = None) -> str:
    return NoteKey(
        name=name, kind=kind, public=PublicKey(raw=raw or name.encode().ljust(32, b"."))
    ).text


EXAMPLE = f"""
# The specification's example, with keys.
log {key("log.example", kind=1)}

witness X1 {key("x1")} https://x1.example/
witness X2 {key("x2")}
 witness\tX3  {key("x3")} http://localhost:8080/w
group X-witnesses 2 X1 X2 X3

witness Y1 {key("y1")}
witness Y2 {key("y2")}
witness Y3 {key("y3")}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


@pytest.mark.parametrize(
    ("cosigned", "met"),
    [
        ("", False),
        ("x1 x2 x3", False),
        ("x1 y1 y2 y3", False),
        ("x1 x3 y2", True),
        ("x1 x2 x3 y1 y2 y3", True),
        ("X1 X2 Y1", False),
    ],
)
def test_the_specifications_example_needs_both_groups(cosigned, met):
    assert read_policy(EXAMPLE).is_met(cosigned.split()) is met


def test_witnesses_are_told_with_where_they_are_asked():
    found = read_policy(EXAMPLE).witnesses
    assert [each.name for each in found] == ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
    assert [each.url for each in found[:3]] == ["https://x1.example", "", "http://localhost:8080/w"]
    assert found[0].key.name == "x1"


@pytest.mark.parametrize(
    "text", ["quorum none", f"witness A {key('a')}\nquorum none\n", "\t quorum\tnone \n# x"]
)
def test_nobody_may_be_needed(text):
    assert read_policy(text).is_met(())
    assert Policy().is_met(())


def test_one_witness_may_be_the_quorum():
    policy = read_policy(f"witness A {key('a')}\nquorum A")
    assert policy.is_met({"a"})
    assert not policy.is_met({"b"})


A, B = f"witness A {key('a')}", f"witness B {key('b')}"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "has a quorum line"),
        (["quorum none", "quorum none"], "line 2: there is one quorum"),
        ([A, "quorum B"], "line 2: nothing above is called B"),
        (["quorum A", A], "line 1: nothing above is called A"),
        ([A, A.replace("A", "C", 1), "quorum none"], "line 2: two witnesses have one key"),
        ([A, f"witness B {key('a', raw=bytes(32))}"], "line 2: two witnesses have one key"),
        ([A, f"witness B {key('b', raw=b'a'.ljust(32, b'.'))}"], "two witnesses have one key"),
        ([A, B.replace("B", "A", 1)], "line 2: the name A is taken"),
        ([A, "group A any A"], "the name A is taken"),
        ([f"witness none {key('a')}"], "the name none is taken"),
        ([f"witness A {key('a', kind=1)}"], "no key of a witness"),
        (["witness A nonsense"], "a verifier key reads"),
        ([A + " ftp://a.example"], "begins with https"),
        ([A + " https://a.example?x"], "begins with https"),
        ([A + " https://a.example more"], "none of a policy's"),
        ([A, "group G any none"], "nothing above is called none"),
        ([A, "group G any A A"], "A is a member of a group already"),
        ([A, "group G any A", "group H any A"], "A is a member of a group already"),
        ([A, "group G any G"], "nothing above is called G"),
        ([A, "group G 0 A"], "0 of 1 members"),
        ([A, "group G 2 A"], "2 of 1 members"),
        ([A, "group G 01 A"], "01 of 1 members"),
        ([A, "group G some A"], "some of 1 members"),
        (["group G any"], "none of a policy's"),
        (["policy A"], "none of a policy's"),
        (["quorum"], "none of a policy's"),
        (["# x"] * 1001, "at most 1000 lines"),
    ],
)
def test_rules_that_are_none_are_refused_with_their_line(lines, problem):
    with pytest.raises(BadInput, match=problem):
        read_policy("\n".join(lines))
