"""Several indexes asked as one: newer ones stand in for older ones, and nothing counts twice."""

from osvrecords import osv
from seawall.matching.index import AdvisoryIndex
from seawall.matching.layers import Layer, LayeredIndex
from seawall.vocab.components import Component

JINJA = Component(ref="1", name="jinja2", version="3.1.4", purl="pkg:pypi/jinja2@3.1.4")


def layer(*advisories, replaces=()):
    return Layer(index=AdvisoryIndex.build(advisories), replaces=frozenset(replaces))


def ids(index, component=JINJA):
    return [match.identifiers for match in index.examine(component).matches]


def test_the_same_advisory_in_two_layers_counts_once():
    one = osv("GHSA-1", aliases=["CVE-2024-1"])
    both = LayeredIndex([layer(one, replaces=["GHSA-1"]), layer(one, osv("GHSA-2"))])
    assert both.advisories == 2
    assert sorted(ids(both)) == [("GHSA-1", "CVE-2024-1"), ("GHSA-2",)]
    [match] = [m for m in both.examine(JINJA).matches if "GHSA-1" in m.identifiers]
    assert len(match.records) == 1


def test_records_of_two_layers_that_share_an_alias_are_one_vulnerability():
    feed = layer(osv("SEAWALL-2026-0001", aliases=["CVE-2024-1"]))
    catalogue = layer(osv("GHSA-1", aliases=["CVE-2024-1"]))
    both = LayeredIndex([feed, catalogue])
    [match] = both.examine(JINJA).matches
    assert {record.id for record in match.records} == {"SEAWALL-2026-0001", "GHSA-1"}


def test_a_newer_layer_replaces_with_nothing_too():
    older = layer(osv("GHSA-1"))
    assert ids(LayeredIndex([layer(), older])) != []
    gone = LayeredIndex([layer(replaces=["GHSA-1"]), older])
    assert (gone.advisories, ids(gone)) == (0, [])


def test_one_layer_answers_as_its_index_does():
    index = AdvisoryIndex.build([osv("GHSA-1"), osv("GHSA-2", package="other")])
    alone = LayeredIndex([Layer(index=index)])
    npm = Component(ref="2", name="x", version="1", purl="pkg:npm/x@1")
    for component in (JINJA, npm, Component(ref="3", name="y")):
        assert alone.examine(component) == index.examine(component)
    assert alone.advisories == index.advisories


def test_fixed_and_affected_versions_are_those_of_what_is_not_replaced():
    index = AdvisoryIndex.build([osv("GHSA-1")])
    known = LayeredIndex([Layer(index=index)]).known_versions("PyPI", "Jinja2")
    assert known.fixed == ["3.1.5"]
    hidden = LayeredIndex([layer(replaces=["GHSA-1"]), Layer(index=index)])
    assert hidden.known_versions("PyPI", "jinja2").fixed == []
