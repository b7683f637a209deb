"""From purls to OSV ecosystems, releases, names and versions."""

import pytest

from seawall.matching.packages import Located, NotLocated, locate, package_key
from seawall.vocab.components import Component


def located(purl, version=""):
    return locate(Component(ref="c", name="c", version=version, purl=purl))


@pytest.mark.parametrize(
    ("purl", "ecosystem", "name", "version"),
    [
        ("pkg:pypi/Jinja2@3.1", "PyPI", "jinja2", "3.1"),
        ("pkg:npm/%40babel/core@7.1.0", "npm", "@babel/core", "7.1.0"),
        ("pkg:maven/org.apache.commons/io@1.3", "Maven", "org.apache.commons:io", "1.3"),
        ("pkg:golang/github.com/Foo/bar@v1.0.0#sub", "Go", "github.com/foo/bar", "v1.0.0"),
        ("pkg:cargo/openssl@0.9", "crates.io", "openssl", "0.9"),
        ("pkg:composer/Laravel/framework@7.0", "Packagist", "laravel/framework", "7.0"),
        ("pkg:gem/rails@5", "RubyGems", "rails", "5"),
        ("pkg:nuget/Newtonsoft.Json@12.0.1", "NuGet", "Newtonsoft.Json", "12.0.1"),
        ("pkg:bitnami/redis@7.0", "Bitnami", "redis", "7.0"),
        ("pkg:deb/debian/curl@7.88?distro=debian-12", "Debian:12", "curl", "7.88"),
        ("pkg:deb/debian/curl@7.88?distro=bookworm", "Debian:12", "curl", "7.88"),
        ("pkg:deb/debian/curl@7.88?distro=debian-12.5", "Debian:12", "curl", "7.88"),
        ("pkg:deb/ubuntu/curl@7.81?distro=ubuntu-22.04", "Ubuntu:22.04:LTS", "curl", "7.81"),
        ("pkg:deb/ubuntu/curl@7.81?distro=jammy", "Ubuntu:22.04:LTS", "curl", "7.81"),
        ("pkg:apk/alpine/curl@7.83.0-r0?distro=3.16.2", "Alpine:v3.16", "curl", "7.83.0-r0"),
        ("pkg:apk/alpine/curl@8-r0?distro=alpine-3.19.1", "Alpine:v3.19", "curl", "8-r0"),
        ("pkg:apk/wolfi/curl@8-r0", "Wolfi", "curl", "8-r0"),
        ("pkg:rpm/almalinux/sed@4-1?distro=almalinux-8.9&epoch=1", "AlmaLinux:8", "sed", "1:4-1"),
        ("pkg:rpm/alma/bash@5.1-2.el9?arch=x86_64", "AlmaLinux:9", "bash", "5.1-2.el9"),
        ("pkg:rpm/redhat/bash@0:5.1-2.el9?epoch=0", "Red Hat:9", "bash", "0:5.1-2.el9"),
        ("pkg:rpm/rocky/bash@5?distro=rocky-9", "Rocky Linux:9", "bash", "5"),
    ],
)  # fmt: skip
def test_purls_find_their_ecosystem(purl, ecosystem, name, version):
    place = located(purl)
    assert isinstance(place, Located)
    assert (place.ecosystems[0], *place.names[0]) == (ecosystem, name, version)


def test_a_debian_binary_is_known_under_its_source_package_too():
    place = located("pkg:deb/debian/libcurl4@7.88-1+b1?distro=debian-12&upstream=curl@7.88-1")
    assert place.names == (("libcurl4", "7.88-1+b1"), ("curl", "7.88-1"))
    place = located("pkg:deb/debian/libcurl4@7.88-1?distro=debian-12&upstream=curl")
    assert place.names == (("libcurl4", "7.88-1"), ("curl", "7.88-1"))


def test_the_version_of_the_component_serves_when_the_purl_has_none():
    assert located("pkg:pypi/jinja2", "3.1").names == (("jinja2", "3.1"),)


@pytest.mark.parametrize(
    ("purl", "reason"),
    [
        ("", "no package URL"),
        ("pkg:pypi/jinja2", "no version"),
        ("pkg:pypi", "unreadable package URL"),
        ("pkg:docker/nginx@1", "no advisory ecosystem for pkg:docker"),
        ("pkg:deb/debian/curl@7.88", "distribution release not named"),
        ("pkg:apk/alpine/curl@7", "distribution release not named"),
        ("pkg:rpm/fedora/curl@7?distro=fedora-38", "no advisory ecosystem for pkg:rpm/fedora"),
    ],
)
def test_what_cannot_be_looked_up_has_a_reason(purl, reason):
    assert located(purl) == NotLocated(reason)


def test_names_that_a_registry_takes_for_one_package_have_one_key():
    assert package_key("PyPI", "Foo_Bar.baz") == package_key("PyPI", "foo-bar-baz")
    assert package_key("crates.io", "Foo_bar") == package_key("crates.io", "foo-bar")
    assert package_key("NuGet", "A.B") == package_key("NuGet", "a.b")
    assert package_key("npm", "JSONStream") != package_key("npm", "jsonstream")
    assert package_key("Debian:12", "curl") != package_key("Debian:11", "curl")
