"""SBOM readers: CycloneDX JSON and XML, SPDX JSON, tag-value and 3.0; limits; real SBOMs."""

import gzip
import io
import json
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realdata import read_bytes
from seawall.formats.sbom import read_sbom
from seawall.vocab.components import Component
from seawall.vocab.errors import BadInput

LODASH = Component(
    ref="a",
    name="lodash",
    version="4.17.20",
    purl="pkg:npm/lodash@4.17.20",
    hashes=(("SHA-1", "abc"),),
)


def cyclonedx(**more):
    component = {
        "bom-ref": "a", "type": "library", "name": "lodash", "version": "4.17.20",
        "purl": "pkg:npm/lodash@4.17.20", "hashes": [{"alg": "SHA-1", "content": "abc"}],
    }  # fmt: skip
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [component]}
    return {**bom, **more}


def read(value):
    return read_sbom(json.dumps(value).encode())


def test_cyclonedx_json():
    document = read(
        cyclonedx(
            serialNumber="urn:uuid:1",
            metadata={"component": {"name": "shop", "group": "acme", "version": "2"}},
        )
    )
    assert document.components == (LODASH,)
    assert (document.format, document.spec_version) == ("CycloneDX", "1.5")
    assert (document.name, document.version, document.serial) == ("acme/shop", "2", "urn:uuid:1")
    assert document.unusable == ()


def test_nested_components_are_found_in_order_and_the_subject_when_it_has_a_purl():
    inner = {"name": "inner", "version": "1", "purl": "pkg:npm/inner@1"}
    outer = {"name": "outer", "version": "1", "purl": "pkg:npm/outer@1", "components": [inner]}
    last = {"name": "last", "version": "1", "purl": "pkg:npm/last@1"}
    subject = {"name": "app", "version": "1", "purl": "pkg:npm/app@1", "type": "application"}
    document = read(cyclonedx(components=[outer, last], metadata={"component": subject}))
    assert [c.name for c in document.components] == ["app", "outer", "inner", "last"]


def test_a_broken_component_is_named_and_the_rest_kept():
    good = cyclonedx()["components"][0]
    document = read(
        cyclonedx(components=["x", {"version": "1"}, good, {"name": "n", "version": 5}])
    )
    assert [c.name for c in document.components] == ["lodash", "n"]
    assert document.unusable == (
        "/components/0 is no component: it has no name",
        "/components/1 is no component: it has no name",
        "n has no package URL",
    )


def test_references_are_made_unique():
    same = cyclonedx()["components"][0]
    document = read(cyclonedx(components=[same, same, {"name": "b", "version": "1"}]))
    assert [c.ref for c in document.components] == ["a", "a#2", "b@1"]


def test_cyclonedx_xml_says_the_same_as_json():
    xml = b"""<?xml version="1.0"?>
    <bom xmlns="http://cyclonedx.org/schema/bom/1.5" serialNumber="urn:uuid:1" version="1">
      <metadata><component type="application"><group>acme</group><name>shop</name>
        <version>2</version></component></metadata>
      <components><component type="library" bom-ref="a"><name>lodash</name>
        <version>4.17.20</version><hashes><hash alg="SHA-1">abc</hash></hashes>
        <purl>pkg:npm/lodash@4.17.20</purl></component></components>
    </bom>"""
    expected = cyclonedx(
        serialNumber="urn:uuid:1",
        metadata={"component": {"name": "shop", "group": "acme", "version": "2"}},
    )
    assert read_sbom(xml) == read(expected)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b'<!DOCTYPE b [<!ENTITY a "x">]><bom xmlns="http://cyclonedx.org/schema/bom/1.5">&a;</bom>',
         "declares a document type"),
        (b"<bom/>", "not a CycloneDX BOM"),
        (b"<bom", "not XML"),
        (b"{}", "not an SBOM"),
        (b"[]", "not an SBOM"),
        (b"", "not an SBOM"),
        (b"{", "not JSON"),
        (b'{"bomFormat": "CycloneDX", "components": {}}', "components is not an array"),
        (b'{"spdxVersion": "SPDX-2.3", "packages": 1}', "packages is not an array"),
        (b'{"bomFormat": "CycloneDX", "components":' + b"[" * 200 + b"]" * 200 + b"}", "nested"),
    ],
)  # fmt: skip
def test_what_is_no_sbom_is_refused_in_words(data, what):
    with pytest.raises(BadInput, match=what):
        read_sbom(data)


SPDX = {
    "spdxVersion": "SPDX-2.3",
    "name": "shop",
    "documentNamespace": "https://example.org/shop",
    "documentDescribes": ["SPDXRef-root"],
    "packages": [
        {"SPDXID": "SPDXRef-root", "name": "shop", "versionInfo": "2"},
        {
            "SPDXID": "a",
            "name": "lodash",
            "versionInfo": "4.17.20",
            "checksums": [{"algorithm": "SHA-1", "checksumValue": "abc"}],
            "externalRefs": [
                {"referenceCategory": "SECURITY", "referenceType": "cpe23Type",
                 "referenceLocator": "cpe:2.3:a:lodash:lodash:4.17.20:*:*:*:*:*:*:*"},
                {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                 "referenceLocator": "pkg:npm/lodash@4.17.20"},
            ],
        },
        {"SPDXID": "b", "name": "mystery", "versionInfo": "NOASSERTION"},
    ],
}  # fmt: skip

TAG_VALUE = """SPDXVersion: SPDX-2.3
DocumentName: shop
DocumentNamespace: https://example.org/shop
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-root
PackageName: shop
SPDXID: SPDXRef-root
PackageVersion: 2
PackageName: lodash
SPDXID: a
PackageVersion: 4.17.20
PackageComment: <text>PackageName: not a package
PackageVersion: 9</text>
PackageChecksum: SHA-1: abc
ExternalRef: SECURITY cpe23Type cpe:2.3:a:lodash:lodash:4.17.20:*:*:*:*:*:*:*
ExternalRef: PACKAGE-MANAGER purl pkg:npm/lodash@4.17.20
PackageName: mystery
SPDXID: b
PackageVersion: NOASSERTION
FileName: ./x
SPDXID: SPDXRef-file
"""


def test_spdx_json():
    document = read(SPDX)
    lodash, mystery = document.components
    assert (lodash.ref, lodash.purl, lodash.version) == ("a", "pkg:npm/lodash@4.17.20", "4.17.20")
    assert lodash.cpe.startswith("cpe:2.3:a:lodash")
    assert lodash.hashes == (("SHA-1", "abc"),)
    assert (mystery.name, mystery.version) == ("mystery", "")
    assert document.unusable == ("mystery has no package URL",)
    assert (document.format, document.spec_version, document.name) == ("SPDX", "2.3", "shop")


def test_spdx_tag_value_says_the_same_as_json():
    assert read_sbom(TAG_VALUE.encode()) == read(SPDX)


def test_spdx_3():
    document = read(
        {
            "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
            "@graph": [
                {"type": "CreationInfo", "specVersion": "3.0.1"},
                {"type": "SpdxDocument", "name": "shop", "spdxId": "https://example.org/1"},
                {
                    "type": "software_Package",
                    "spdxId": "a",
                    "name": "lodash",
                    "software_packageVersion": "4.17.20",
                    "software_packageUrl": "pkg:npm/lodash@4.17.20",
                    "verifiedUsing": [{"type": "Hash", "algorithm": "SHA-1", "hashValue": "abc"}],
                },
                {"type": "software_File", "name": "x"},
            ],
        }
    )
    assert document.components == (LODASH,)
    assert (document.spec_version, document.name) == ("3.0.1", "shop")


def test_compressed_sboms_are_read():
    data = json.dumps(cyclonedx()).encode()
    assert read_sbom(gzip.compress(data)) == read_sbom(data)


def test_the_seven_real_sboms_are_read_whole():
    archive = tarfile.open(fileobj=io.BytesIO(read_bytes("sboms/sbom.tar.zst")))  # noqa: SIM115
    found = {}
    for member in archive:
        if member.isfile():
            data = archive.extractfile(member).read()
            document = read_sbom(data)
            assert document.unusable == ()
            stated = len(json.loads(data)["components"])
            found[member.name.rpartition("/")[2]] = (len(document.components), stated)
    archive.close()
    assert len(found) == 7
    # one more than stated: the subject of each has a purl of its own
    assert all(read == stated + 1 for read, stated in found.values())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["name", "purl", "version", "components", "hashes", "externalRefs",
                         "checksums", "type", "group", "spdxId", "externalIdentifier"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(value=_JSON)
def test_whatever_stands_in_an_sbom_it_is_read_or_refused(value):
    for bom in (
        {"bomFormat": "CycloneDX", "components": value, "metadata": value},
        {"bomFormat": "CycloneDX", "components": [value], "metadata": {"component": value}},
        {"spdxVersion": "SPDX-2.3", "packages": [value, {"name": "a"}],
         "documentDescribes": value, "relationships": value},
        {"spdxVersion": "SPDX-2.3", "packages": [value, {"name": "a", "externalRefs": value}],
         "documentDescribes": [value]},
        {"@context": "https://spdx.org/rdf/", "@graph": [{"type": "software_Package"}, value]},
    ):  # fmt: skip
        try:
            document = read(bom)
        except BadInput:
            continue
        refs = [component.ref for component in document.components]
        assert len(refs) == len(set(refs))
