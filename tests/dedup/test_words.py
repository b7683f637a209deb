"""Components, weaknesses and words made comparable."""

import pytest

from seawall.dedup.components import bare_name, component, same_component
from seawall.dedup.text import Rarity, likeness, words
from seawall.dedup.weakness import FAMILIES, agree, of_cwe, of_kind, of_prose


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("pkg:pypi/Jinja2@3.1.4", "pypi/jinja2"),
        ("pkg:pypi/zope.interface", "pypi/zope-interface"),
        ("pkg:npm/%40scope/pkg@1.0?x=y#z", "npm/@scope/pkg"),
        ("pkg:npm/@scope/pkg", "npm/@scope/pkg"),
        ("pkg:deb/debian/expat@2.4", "deb/expat"),
        ("https://github.com/Pallets/Jinja.git", "github/pallets/jinja"),
        ("git+ssh://git@gitlab.com/a/b/tree/main", "gitlab/a/b"),
        ("Lodash", "lodash"),
        ("", ""),
    ],
)
def test_a_component_has_one_name(target, name):
    assert component(target) == name


def test_a_package_meets_its_repository_but_not_its_namesake():
    assert same_component("pypi/jinja2", "github/pallets/jinja")
    assert same_component("lodash", "npm/lodash")
    assert not same_component("pypi/requests", "npm/requests")
    assert not same_component("", "")
    assert bare_name("pypi/python-gnupg") == "gnupg"


def test_weaknesses_of_one_family_agree():
    assert agree(of_cwe("CWE-1336"), of_cwe("cwe-94"))
    assert agree(of_cwe("CWE-787"), of_kind("heap-buffer-overflow"))
    assert agree(of_cwe("CWE-369"), of_kind("negative-size-param"))
    assert agree(of_cwe("CWE-400"), of_prose("ReDoS in the parser"))
    assert not agree(of_cwe("CWE-79"), of_cwe("CWE-89"))
    assert not agree(of_cwe("CWE-99999"), of_cwe("CWE-99998"))
    assert of_cwe("CWE-x") == frozenset()


def test_a_fault_at_address_zero_is_a_null_dereference():
    assert of_kind("SEGV", "0x000000000010") == {"null"}
    assert of_kind("SEGV", "0x7f0000000000") == {"memory"}


def test_every_family_has_numbers():
    assert all(
        numbers.split() and set(numbers) <= set("0123456789 ") for numbers in FAMILIES.values()
    )


def test_rare_words_weigh_more_than_a_scanners_template():
    rarity = Rarity()
    template = "Detected string formatting in a query. Use parameters. "
    texts = [words(template + name, "") for name in ("orders", "users", "audits", "orders")]
    for text in texts:
        rarity.learn(text, component="shop")
    read = [rarity.read(text, component="shop").vector for text in texts]
    assert likeness(read[0], read[3]) == pytest.approx(1.0)
    assert likeness(read[0], read[1]) < 0.7


def test_identifiers_of_code_tell_and_common_words_do_not():
    rarity = Rarity()
    text = words("Prototype pollution in zipObjectDeep", "an attacker can use the input")
    rarity.learn(text, component="lodash")
    assert rarity.read(text, component="lodash").telling == {"zipobjectdeep"}


def test_the_number_of_words_is_bounded():
    assert (
        len(words("", " ".join(f"word{chr(97 + i % 26)}{i}" for i in range(5000))).weights) == 160
    )
