"""Names of targets made comparable: one word for a package however it is written."""

import re
from functools import lru_cache
from urllib.parse import unquote

_NAME = re.compile(r"[-_.]+")
_REPOSITORY = re.compile(r"(?:git\+)?(?:https?|git|ssh)://(?:[^/@]*@)?([^/?#]+)/([^?#]*)")
_HOSTS = {"github.com": "github", "gitlab.com": "gitlab", "bitbucket.org": "bitbucket"}


@lru_cache(maxsize=8192)
def component(target: str) -> str:
    """Give the comparable name of a purl, repository URL or product name; "" for "".

    Versions, qualifiers and subpaths are dropped. PyPI names follow PEP 503; Debian source
    packages keep their name only.
    """
    target = target.strip()[:500]
    if target.lower().startswith("pkg:"):
        return _purl(target[4:])
    if found := _REPOSITORY.match(target):
        path = found[2].strip("/").removesuffix(".git").lower()
        host = found[1].lower()
        return f"{_HOSTS.get(host, host)}/{'/'.join(path.split('/')[:2])}"
    return _NAME.sub("-", target.split("@")[0].strip().lower())


def _purl(rest: str) -> str:
    rest = rest.lstrip("/").split("#")[0].split("?")[0]
    kind, _, path = rest.partition("/")
    name, at, version = path.rpartition("@")
    path = name if at and "/" not in version else path
    parts = [unquote(part).lower() for part in path.strip("/").split("/") if part]
    kind = kind.lower()
    if kind == "pypi" and parts:
        parts = [_NAME.sub("-", parts[-1])]
    if kind in ("deb", "rpm", "apk") and parts:
        parts = parts[-1:]
    return f"{kind}/{'/'.join(parts)}"


_AFFIX = re.compile(r"^(?:python|py|node|lib|go|rust)-?(?=\w{3})|(?:[-.]?(?:js|py|rs|go)|\d+)$")


@lru_cache(maxsize=8192)
def bare_name(component: str) -> str:
    """The last part of a comparable name without marks of language or major version:
    "jinja" of "pypi/jinja2", "yaml" of "github/yaml/pyyaml"."""
    last = component.rsplit("/", 1)[-1]
    return _AFFIX.sub("", last) or last


def same_component(a: str, b: str) -> bool:
    """Say whether two names can be one component: equal, or a package and its repository or
    plain name. Packages of two ecosystems are two components."""
    if not a or not b:
        return False
    if a == b:
        return True
    if _is_package(a) and _is_package(b):
        return False
    return bare_name(a) == bare_name(b)


def _is_package(name: str) -> bool:
    return "/" in name and name.split("/", 1)[0] not in _HOSTS.values()
