"""Which findings are one bug, why, and what keeps others apart."""

import pytest

from seawall.dedup import (
    Facts,
    Index,
    Link,
    Signal,
    Signature,
    Strength,
    contradictions,
    group,
    of_crash,
    of_finding,
)
from seawall.vocab.findings import Finding, Location
from seawall.vocab.sanitizers import SanitizerFrame, SanitizerReport, SanitizerStack


def crash(key, *places, kind="heap-buffer-overflow", target="lib", **facts) -> Signature:
    """`places` are "function file:line", innermost first."""
    frames = []
    for number, place in enumerate(places):
        function, _, at = place.partition(" ")
        file, _, line = at.partition(":")
        frames.append(
            SanitizerFrame(index=number, function=function, file=file, line=int(line or 0))
        )
    report = SanitizerReport(
        tool="AddressSanitizer",
        kind=kind,
        stacks=(SanitizerStack(title="", frames=tuple(frames)),),
    )
    return of_crash(report, key=key, component=target, facts=Facts(**facts))


def finding(key, title, *, target="pkg:npm/lib", source="", finders=(), facts=None, **parts):
    return of_finding(
        Finding(key=key, title=title, target=target, **parts),
        source=source,
        finders=finders,
        facts=facts or Facts(),
    )


def groups(*items, at_least=Strength.LIKELY) -> set[tuple[str, ...]]:
    return {tuple(sorted(g.members)) for g in group(items, at_least=at_least)}


def test_one_fix_that_silences_both_makes_them_one_whatever_they_say():
    a = finding(
        "a", "overflow", identifiers=("CVE-2026-1",), facts=Facts(silenced_by=frozenset("f"))
    )
    b = finding("b", "hang", identifiers=("CVE-2026-2",), facts=Facts(silenced_by=frozenset("f")))
    [found] = group([a, b])
    assert found.links == (Link("b", "a", Signal.FIX, "fix f silences both", Strength.PROVEN),)


def test_a_fix_that_silences_only_one_keeps_the_same_crash_apart():
    a = crash("a", "f x.c:1", silenced_by=frozenset("p"))
    b = crash("b", "f x.c:1", not_silenced_by=frozenset("p"))
    first, second = group([a, b])
    assert (first.members, second.members) == (("a",), ("b",))
    assert first.near[0].explanation == (
        "both fail at x.c:1 in f, but fix p silences only one of them"
    )


def test_two_fixes_that_disagree_prove_nothing():
    a = crash("a", "f x.c:1", silenced_by=frozenset({"broad", "narrow"}))
    b = crash(
        "b", "g y.c:9", silenced_by=frozenset({"broad"}), not_silenced_by=frozenset({"narrow"})
    )
    assert groups(a, b) == {("a",), ("b",)}


def test_the_same_identifier_joins_across_packages():
    a = finding("a", "one", identifiers=("cve-2023-4863",), target="pkg:npm/electron")
    b = finding("b", "two", identifiers=("CVE-2023-4863",), target="pkg:pypi/pillow")
    assert groups(a, b) == {("a", "b")}


def test_a_roll_up_of_many_identifiers_joins_nothing():
    many = tuple(f"CVE-2026-{n}" for n in range(5))
    items = [finding(str(n), f"bug {n}", identifiers=(cve,)) for n, cve in enumerate(many)]
    roll_up = finding("all", "Update to 2.0", identifiers=many)
    assert len(groups(*items, roll_up)) == 6


def test_different_identifiers_keep_the_same_crash_apart():
    a = of_finding(Finding(key="a", title="x", identifiers=("CVE-2026-1",), crash=ASAN))
    b = of_finding(Finding(key="b", title="y", identifiers=("CVE-2026-2",), crash=ASAN))
    c = of_finding(Finding(key="c", title="z", crash=ASAN))
    found = groups(a, b, c)
    assert len(found) == 2
    assert not any({"a", "b"} <= set(members) for members in found)


ASAN = "==1==ERROR: AddressSanitizer: SEGV on unknown address 0x7f\n    #0 0x1 in f /src/x.c:3:1\n"


def test_the_same_input_joins_unless_it_is_another_component():
    a = finding("a", "one", facts=Facts(reproducer="d1"))
    b = finding("b", "two", facts=Facts(reproducer="d1"))
    c = finding("c", "three", facts=Facts(reproducer="d1"), target="pkg:npm/other")
    assert groups(a, b, c) == {("a", "b"), ("c",)}


def test_the_same_place_on_top_of_the_stack_joins_whatever_the_error_type():
    a = crash("a", "memset ", "read p.c:496", "open p.c:145", kind="negative-size-param")
    b = crash("b", "read /build/p.c:496", "open p.c:145", kind="heap-buffer-overflow")
    assert groups(a, b) == {("a", "b")}


def test_another_line_under_the_same_callers_is_another_bug():
    a = crash("a", "read w.c:353", "open w.c:10")
    b = crash("b", "read w.c:369", "open w.c:10", kind="SEGV")
    assert groups(a, b) == {("a",), ("b",)}


def test_another_line_in_another_version_is_drift():
    a = crash("a", "read w.c:353", "open w.c:10")
    b = crash("b", "read /home/x/w.c:360", "open /home/x/w.c:13")
    [found] = group([a, b])
    assert found.links[0].explanation == "same kind of weakness in read (w.c), line drifted"


def test_drift_does_not_chain_two_places_of_one_build_together():
    first = crash("first", "read w.c:353", "open w.c:10")
    second = crash("second", "read w.c:369", "open w.c:10", kind="SEGV")
    drifted = crash("drifted", "read w.c:360", "open w.c:17")
    for order in ([first, second, drifted], [drifted, second, first], [second, drifted, first]):
        assert groups(*order) == {("drifted", "first"), ("second",)}


def test_unchecked_numbers_under_one_caller_are_one_missing_check():
    a = crash("a", "header p.c", "open p.c:108", kind="FPE")
    b = crash("b", "block p.c:496", "init p.c:375", "open p.c:145", kind="negative-size-param")
    c = crash("c", "other p.c:700", "open p.c:150", kind="heap-buffer-overflow")
    assert groups(a, b, c) == {("a", "b"), ("c",)}


def test_stacks_of_names_only_need_three_names_and_the_type():
    a = crash("a", "f ", "g ", "h ")
    assert groups(a, crash("b", "f ", "g ", "h ")) == {("a", "b")}
    assert groups(a, crash("b", "f ", "g ", "x ")) == {("a",), ("b",)}
    assert groups(a, crash("b", "f ", "g ", "h ", target="other")) == {("a",), ("b",)}


def test_a_different_first_bad_commit_doubts_names():
    a = crash("a", "f ", "g ", "h ", introduced_by=frozenset("1"))
    b = crash("b", "f ", "g ", "h ", introduced_by=frozenset("2"))
    assert groups(a, b) == {("a",), ("b",)}
    assert groups(a, b, at_least=Strength.POSSIBLE) == {("a", "b")}


def at(file, line=0, function=""):
    return (Location(file=file, line=line, function=function),)


@pytest.mark.parametrize(
    ("x", "y", "same"),
    [
        (at("lib/a.js", 100), at("a.js", 110), True),
        (at("lib/a.js", 100), at("a.js", 113), False),
        (at("lib/a.js", 100), at("b.js", 100), False),
        (at("a.js", 100, "merge"), at("a.js", 140, "merge"), True),
        (at("a.js", 100, "merge"), at("a.js", 101, "clone"), False),
    ],
)
def test_places_may_drift_a_little(x, y, same):
    a = finding("a", "Pollution by merging", cwes=("CWE-1321",), locations=x)
    b = finding("b", "Objects are not guarded", cwes=("CWE-915",), locations=y)
    assert (groups(a, b) == {("a", "b")}) is same


def test_another_kind_of_weakness_at_the_same_place_is_another_bug():
    a = finding("a", "Pollution", cwes=("CWE-1321",), locations=at("a.js", 5))
    b = finding("b", "Injection", cwes=("CWE-89",), locations=at("a.js", 5))
    assert groups(a, b) == {("a",), ("b",)}


def test_what_one_report_lists_as_two_is_two():
    text = "SQL built from strings"
    a = finding("a", text, cwes=("CWE-89",), locations=at("db.py", 40), source="r1")
    b = finding("b", text, cwes=("CWE-89",), locations=at("db.py", 44), source="r1")
    c = finding("c", text, cwes=("CWE-89",), locations=at("db.py", 41), source="r2")
    assert groups(a, b) == {("a",), ("b",)}
    assert ("a", "c") in groups(a, c)


def test_alike_texts_are_shown_but_do_not_merge():
    a = finding("a", "Prototype pollution in zipObjectDeep", cwes=("CWE-1321",))
    b = finding("b", "zipObjectDeep pollutes Object.prototype by path", cwes=("CWE-1321",))
    first, second = group([a, b])
    assert first.near[0].signal is Signal.TEXT
    assert first.near[0].explanation.endswith("about npm/lib")
    assert second.near == first.near


def test_a_text_that_names_the_others_function_merges():
    a = finding("a", "Stack exhaustion: build_node recurses per level", cwes=("CWE-674",))
    b = finding(
        "b", "Recursion in build_node", cwes=("CWE-400",), locations=at("x.c", 7, "build_node")
    )
    assert groups(a, b) == {("a", "b")}


def test_weak_links_do_not_bridge_different_identifiers():
    place = at("a.js", 100, "merge")
    a = finding("a", "x", cwes=("CWE-1321",), locations=place, identifiers=("CVE-2026-1",))
    b = finding("b", "y", cwes=("CWE-1321",), locations=place)
    c = finding("c", "z", cwes=("CWE-1321",), locations=place, identifiers=("CVE-2026-2",))
    for order in ([a, b, c], [c, b, a], [b, a, c]):
        assert not any({"a", "c"} <= set(members) for members in groups(*order))
    assert contradictions(a, c)[0].explanation == "they carry different CVE identifiers"


def test_a_group_credits_every_finder_once_first_first():
    a = finding("a", "x", identifiers=("CVE-2026-1",), finders=("Ada", "Bob"))
    b = finding("b", "y", identifiers=("CVE-2026-1",), finders=("Bob", "Cy"))
    [found] = group([a, b])
    assert found.finders == ("Ada", "Bob", "Cy")


def test_the_order_of_input_changes_no_group():
    items = [
        crash("a", "read w.c:353", "open w.c:10"),
        crash("b", "read w.c:353", "open w.c:12"),
        crash("c", "read w.c:369", "open w.c:10", kind="SEGV"),
        crash("d", "header p.c", "start p.c:108", kind="FPE"),
        crash("e", "block p.c:496", "start p.c:145", kind="negative-size-param"),
    ]
    expected = {("a", "b"), ("c",), ("d", "e")}
    for turn in range(5):
        assert groups(*items[turn:], *items[:turn]) == expected
        assert groups(*reversed(items)) == expected


def test_the_index_answers_for_a_newcomer_and_refuses_a_key_twice():
    index = Index()
    assert index.add(crash("a", "f x.c:1")) == ()
    assert index.add(crash("b", "f x.c:1")) == (
        Link("b", "a", Signal.CRASH, "both fail at x.c:1 in f", Strength.CERTAIN),
    )
    with pytest.raises(ValueError, match="in the index already"):
        index.add(crash("b", "f x.c:1"))
    assert len(index) == 2 and "b" in index


def test_a_flood_of_one_crash_costs_one_comparison_each(monkeypatch):
    calls = []
    from seawall.dedup import index as module

    real = module.compare
    monkeypatch.setattr(module, "compare", lambda *a: calls.append(1) or real(*a))
    index = Index()
    for number in range(500):
        index.add(crash(str(number), "f x.c:1"))
    assert len(calls) <= 500 * module.STRONG_POSTINGS


def test_what_a_group_knows_keeps_a_newcomer_out():
    a = crash("a", "f x.c:1", silenced_by=frozenset("p"))
    b = crash("b", "f x.c:1")
    c = crash("c", "f x.c:1", not_silenced_by=frozenset("p"))
    for order in ([a, b, c], [c, b, a], [b, a, c]):
        assert not any({"a", "c"} <= set(members) for members in groups(*order))


def test_the_same_words_merge_only_with_an_identifier_and_no_doubt():
    text = "Prototype pollution: zipObjectDeep assigns along __proto__ paths"
    a = finding("a", text, cwes=("CWE-1321",), locations=at("a.js", 5))
    b = finding("b", text, cwes=("CWE-1321",), locations=at("b.js", 5))
    c = finding("c", text, cwes=("CWE-1321",))
    assert groups(a, b) == {("a",), ("b",)}
    assert groups(a, c) == {("a", "c")}
    plain = "Cross-site scripting through a crafted title"
    x, y = (finding(k, plain, cwes=("CWE-79",)) for k in "xy")
    assert groups(x, y) == {("x",), ("y",)}


def test_candidates_stay_bounded_however_many_words_are_shared(monkeypatch):
    from seawall.dedup import index as module

    index = Index()
    names = [f"parseField{chr(65 + n)}" for n in range(10)]
    for name in names:
        for number in range(10):
            index.add(finding(f"{name}-{number}", name, cwes=("CWE-79",)))
    calls = []
    real = module.compare
    monkeypatch.setattr(module, "compare", lambda *a: calls.append(1) or real(*a))
    index.add(finding("all", " ".join(names), cwes=("CWE-79",)))
    assert len(calls) == module.MAX_CANDIDATES
