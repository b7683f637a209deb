"""Who provides the public tree, and what CSAF asks of a trusted provider to say about it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from seawall.formats.schema_check import csaf_provider_validator, schema_problems
from seawall.signing.openpgp import DocumentSigner
from seawall.vocab.errors import BadInput
from seawall.vocab.release import Publisher

METADATA = "csaf/provider-metadata.json"
FEED = "csaf/white/feed.json"
SERVICE = "csaf/service.json"
CATEGORY = "csaf/white/category-white.json"
INFORMATION_TYPE = {"scheme": "urn:ietf:params:rolie:category:information-type", "term": "csaf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`url` is where people reach the tree, without a slash at its end, "" when that is unknown;
    `log_key` is the verifier key of the log, "" when there is none."""

    publisher: Publisher
    url: str
    key: DocumentSigner
    log_key: str = ""
    language: str = "en"

    @property
    def has_tls(self) -> bool:
        """Whether the tree is reached as CSAF 2.0 §7.1.3 demands; without that no provider's
        metadata and no ROLIE feed can be valid, and none is written."""
        return urlsplit(self.url).scheme == "https"

    @property
    def key_path(self) -> str:
        """Where the public OpenPGP key lies in the tree."""
        return f"csaf/openpgp/{self.key.fingerprint}.asc"

    def address(self, path: str) -> str:
        """The URL of a file of the tree; the path alone when the tree's own is unknown."""
        return f"{self.url}/{path}" if self.url else path

    def tag(self, name: str, *, since: datetime) -> str:
        """A name that is the publisher's for ever (RFC 4151)."""
        host = urlsplit(self.publisher.namespace).hostname or "unnamed.invalid"
        return f"tag:{host},{since.year}:{name}"


def metadata_files(provider: Provider, *, old: bytes | None, now: datetime) -> Mapping[str, bytes]:
    """provider-metadata.json (CSAF 2.0 §7.1.7 and §7.1.8), the public key (§7.1.20), and ROLIE's
    service document (§7.1.16). `old` is the metadata as it is: its
    `last_updated` stays as long as nothing else changes. Raises BadInput when what is set about
    the publisher makes no valid metadata."""
    files = {provider.key_path: provider.key.public.encode()}
    if provider.has_tls:
        data = _metadata(provider, old=old, now=now)
        service = _json(_service(provider))
        files |= {METADATA: data, SERVICE: service}
        files |= {f".well-known/{path}": files[path] for path in (METADATA, SERVICE)}
    return files


def _metadata(provider: Provider, *, old: bytes | None, now: datetime) -> bytes:
    said = _said(provider)
    if old is not None:
        before = json.loads(old)
        updated = before.pop("last_updated", None)
        if before == said:
            return _json(said | {"last_updated": updated})
    fresh = said | {"last_updated": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    for problem in schema_problems(csaf_provider_validator(), fresh, test="schema", clause="7.1.7"):
        raise BadInput(problem.message, where=f"{METADATA}{problem.pointer}", mend=problem.mend)
    return _json(fresh)


def _said(provider: Provider) -> dict[str, Any]:
    publisher = provider.publisher
    named = {
        "category": publisher.category.value,
        "contact_details": publisher.contact,
        "issuing_authority": publisher.authority,
        "name": publisher.name,
        "namespace": publisher.namespace,
    }
    return {
        "canonical_url": provider.address(METADATA),
        "distributions": [
            {"directory_url": provider.address("csaf/white/")},
            {
                "rolie": {
                    "categories": [provider.address(CATEGORY)],
                    "feeds": [
                        {
                            "summary": f"All TLP:WHITE advisories of {publisher.name}.",
                            "tlp_label": "WHITE",
                            "url": provider.address(FEED),
                        }
                    ],
                    "services": [provider.address(SERVICE)],
                }
            },
        ],
        "list_on_CSAF_aggregators": True,
        "metadata_version": "2.0",
        "mirror_on_CSAF_aggregators": True,
        "public_openpgp_keys": [
            {"fingerprint": provider.key.fingerprint, "url": provider.address(provider.key_path)}
        ],
        "publisher": {key: value for key, value in named.items() if value},
        "role": "csaf_trusted_provider",
    }


def _service(provider: Provider) -> dict[str, Any]:
    """ROLIE service document (RFC 8322 §5.1, in JSON as CSAF 2.0 §7.1.16 shows it)."""
    collection = {
        "title": f"Advisories of {provider.publisher.name} (TLP:WHITE)",
        "href": provider.address(FEED),
        "categories": {"category": [INFORMATION_TYPE]},
    }
    return {"service": {"workspace": [{"title": "CSAF", "collection": [collection]}]}}


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()
