"""Distribution purls (deb, rpm, apk) and the OSV ecosystems of their releases.

The `distro` qualifier is written in many ways ("debian-12", "bookworm", "almalinux-8.9", "8.9",
"alpine-3.19.1"); the namespace says which distribution it is.
"""

import re

from seawall.formats.purl import Purl

_DEBIAN = {
    "wheezy": "7",
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
}
_UBUNTU = {
    "trusty": "14.04",
    "xenial": "16.04",
    "bionic": "18.04",
    "focal": "20.04",
    "jammy": "22.04",
    "noble": "24.04",
    "plucky": "25.04",
    "questing": "25.10",
    "resolute": "26.04",
}
_RPM = {
    "alma": "AlmaLinux",
    "almalinux": "AlmaLinux",
    "mageia": "Mageia",
    "openeuler": "openEuler",
    "opensuse": "openSUSE",
    "photon": "Photon OS",
    "redhat": "Red Hat",
    "rhel": "Red Hat",
    "rocky": "Rocky Linux",
    "rockylinux": "Rocky Linux",
    "sles": "SUSE",
    "suse": "SUSE",
    "azurelinux": "Azure Linux",
}
_APK_WITHOUT_RELEASE = {"chainguard": "Chainguard", "wolfi": "Wolfi", "minimos": "MinimOS"}
_NUMBER = re.compile(r"(?:^|[^0-9])v?([0-9]+(?:\.[0-9]+)*)")
_RELEASE_TAG = re.compile(r"[._]el([0-9]+)")


def distribution_ecosystems(purl: Purl) -> tuple[str, ...]:
    """Give the OSV ecosystems of a deb, rpm or apk purl, most precise first and the distribution
    without release last; empty when it is unknown or its release is not said anywhere."""
    distro = purl.qualifier("distro").lower()
    if purl.type == "deb":
        return _deb(purl.namespace, distro)
    if purl.type == "apk":
        return _apk(purl.namespace, distro)
    return _rpm(purl.namespace, distro, purl.version)


def is_known_distribution(purl: Purl) -> bool:
    """Say whether advisories of a purl's distribution have an ecosystem, its release aside."""
    distro = purl.qualifier("distro").lower().partition("-")[0]
    known = {"deb": {"", "debian", "ubuntu"}, "apk": {"", "alpine", *_APK_WITHOUT_RELEASE}}
    return not {purl.namespace, distro}.isdisjoint(known.get(purl.type, _RPM.keys()))


def _deb(namespace: str, distro: str) -> tuple[str, ...]:
    if namespace == "ubuntu" or distro.startswith("ubuntu"):
        release = _named(distro, _UBUNTU)
        if not release:
            return ()
        return (f"Ubuntu:{release}:LTS", f"Ubuntu:{release}", f"Ubuntu:Pro:{release}:LTS", "Ubuntu")
    if namespace not in ("debian", ""):
        return ()
    release = _named(distro, _DEBIAN).partition(".")[0]
    return (f"Debian:{release}", "Debian") if release else ()


def _apk(namespace: str, distro: str) -> tuple[str, ...]:
    for name in (namespace, distro.partition("-")[0]):
        if name in _APK_WITHOUT_RELEASE:
            return (_APK_WITHOUT_RELEASE[name],)
    parts = _number(distro).split(".")
    if namespace not in ("alpine", "") or len(parts) < 2:
        return ()
    return (f"Alpine:v{parts[0]}.{parts[1]}", "Alpine")


def _rpm(namespace: str, distro: str, version: str) -> tuple[str, ...]:
    name = _RPM.get(namespace) or _RPM.get(distro.partition("-")[0])
    if name is None:
        return ()
    release = _number(distro)
    if not release:
        tag = _RELEASE_TAG.search(version)
        release = tag.group(1) if tag else ""
    if not release:
        return ()
    major = release.partition(".")[0]
    return tuple(dict.fromkeys((f"{name}:{major}", f"{name}:{release}", name)))


def _named(distro: str, names: dict[str, str]) -> str:
    for word in re.split(r"[^a-z]+", distro):
        if word in names:
            return names[word]
    return _number(distro)


def _number(distro: str) -> str:
    match = _NUMBER.search(distro)
    return match.group(1) if match else ""
