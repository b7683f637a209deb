"""How long the server takes for every page and the main lists of the API, on a big installation.

    benchmarks/pages.py [--home HOME] [--rounds 7] [--only TEXT] [--over MS]

HOME was built by `seawall seed`; without it a small one is made for this run. Each page is asked
for by a lead of the house, a vendor, a finder, an operator and a directive authority, through the
whole WSGI stack of the application with sessions, access and templates, in this process. Printed
are the queries and the time (p50 and p95 of the rounds), and as a ratio the floor of the same run:
the health check through the same stack; the time to read one row by its key stands beside it. The
target is 150 ms and a fixed number of queries.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

TARGET_MS = 150
FILTERS = {
    "intake": [
        "?sort=level", "?sort=severity", "?sort=target", "?sort=reporter", "?sort=state",
        "?state=received&duplicate=no", "?level=E1&case=no&duplicate=no", "?proof=waiting",
        "?verdict=forged", "?verdict=forged&sort=severity", "?duplicate=yes", "?state=invalid",
        "?q=heap+buffer", "?q=yaml", "?q=CVE-2026-1", "?ecosystem=gem&sort=severity",
        "?target=pkg:deb&level=E3", "?reporter=Gannet&verdict=flaky", "?case=yes&sort=level",
    ],
    "duplicates": ["?tab=joined", "?tab=apart", "?tab=fixes"],
    "obligations": ["?when=overdue", "?when=upgrade", "?when=closed"],
    "search": ["?q=template", "?q=CVE-2026-1", "?q=heap+buffer"],
}  # fmt: skip
API = ("reports", "findings", "findings?level=E3", "findings?verdict=forged", "validations",
       "cases", "advisories", "assets", "obligations", "merges")  # fmt: skip
SKIPPED = ("sign-", "join", "reset", "confirm", "oidc", "asset-sbom", "styleguide")


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody who signed in, with what they have to look at: URL argument → value."""

    kind: str
    cookie: str
    token: str
    samples: dict[str, str]


@dataclass(kw_only=True)
class Measured:
    kind: str
    address: str
    status: int
    queries: int
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Of this process, which other work on the machine does not lengthen."""

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return sorted(self.times)[max(0, round(len(self.times) * 0.95) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="only addresses that contain this")
    parser.add_argument("--over", type=float, default=0, help="print only what takes longer, in ms")
    parser.add_argument("--as", dest="kind", default="", help="only this visitor")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder)
        os.environ |= {
            "SEAWALL_HOME": str(home.absolute()),
            "DJANGO_SETTINGS_MODULE": "seawall.config.settings",
        }
        from seawall.config.bootstrap import setup

        setup()
        if given.home is None:
            from seawall.cli.seeding.build import build
            from seawall.cli.seeding.world import Size

            size = Size(findings=10_000, cases=1_000, parties=100, people=200, assets=50)
            build(size, seed=1, step=lambda what: None)
        run(given)


def run(given: argparse.Namespace) -> None:
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import get_resolver

    from seawall.config.collecting import settle
    from seawall.config.staying import stay_open

    print(sizes())
    app = WSGIHandler()
    len(get_resolver().url_patterns)
    settle()  # as `config.asgi` does
    stay_open()
    floor = measure(app, "floor", "/healthz", "", "", rounds=50)
    row_ms = single_row_ms()
    print(f"floor: the health check through the same stack {floor.p50:.2f} ms, "
          f"one row by its key {row_ms:.3f} ms; target {TARGET_MS} ms\n")  # fmt: skip
    print("  p50 ms   p95 ms   cpu ms  queries  x floor  who        address")
    found: list[Measured] = []
    for visitor in visitors():
        if given.kind and visitor.kind != given.kind:
            continue
        for address in addresses(visitor):
            if given.only not in address:
                continue
            token = visitor.token if address.startswith("/api/") else ""
            each = measure(app, visitor.kind, address, visitor.cookie, token, rounds=given.rounds)
            if each.status not in (200, 500):
                continue  # not for this visitor, or no page
            found.append(each)
            if each.p95 >= given.over:
                print(
                    f"{each.p50:8.1f} {each.p95:8.1f} {statistics.median(each.cpu):8.1f} "
                    f"{each.queries:8d} {each.p50 / floor.p50:8.1f}  {each.kind:9s}  {each.address}"
                )
    slow = [each for each in found if each.p50 > TARGET_MS]
    broken = [each for each in found if each.status >= 500]
    print(f"\n{len(found)} addresses, {len(slow)} over {TARGET_MS} ms, {len(broken)} broken")
    for each in sorted(found, key=lambda each: -each.p50)[:3]:
        print(f"slowest: {each.p50:.0f} ms {each.address} ({each.kind})")


def measure(app: Any, kind: str, address: str, cookie: str, token: str, *, rounds: int) -> Measured:
    """Ask for the address once to warm up and count queries, then `rounds` times by the clock."""
    from django.db import connection

    count = 0

    def counting(execute: Any, sql: str, *more: Any) -> Any:
        nonlocal count
        count += 1
        return execute(sql, *more)

    with connection.execute_wrapper(counting):
        status = ask(app, address, cookie, token)
    made = Measured(kind=kind, address=address, status=status, queries=count)
    for n in range(rounds):
        began, used = time.perf_counter(), time.process_time()
        ask(app, address, cookie, token)
        made.times.append((time.perf_counter() - began) * 1000)
        made.cpu.append((time.process_time() - used) * 1000)
        if n >= 1 and made.times[-1] > 3_000:
            break
    return made


def ask(app: Any, address: str, cookie: str, token: str) -> int:
    """The status of one request through the WSGI application, body read to its end."""
    path, _, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query,
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(), "wsgi.errors": sys.stderr, "HTTP_HOST": "localhost",
        "HTTP_COOKIE": cookie, "HTTP_ACCEPT": "text/html", "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip
    if token:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    statuses: list[str] = []
    body = app(environ, lambda status, headers: statuses.append(status))
    for _part in body:
        pass
    body.close()
    return int(statuses[0].split()[0])


def addresses(visitor: Visitor) -> Iterator[str]:
    """Every page that can be got with what the visitor has to look at; lists with filters too."""
    from seawall.web import urls

    for name, route in sorted(set(routes(urls.urlpatterns))):
        if name.startswith(SKIPPED):
            continue
        address = fill(route, visitor.samples)
        if address is not None:
            yield address
            yield from (address + query for query in FILTERS.get(name, []))
    yield from visitor.samples.get("deep", "").split()
    for name in API:
        yield f"/api/v1/{name}"


def routes(patterns: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    from django.urls import URLResolver

    for each in patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, route)
        elif each.name:
            yield each.name, route


def fill(route: str, samples: dict[str, str]) -> str | None:
    """The route with its arguments filled in; None when the visitor has nothing for one."""
    out = []
    for part in route.split("/"):
        if not part.startswith("<"):
            out.append(part)
            continue
        value = samples.get(part.strip("<>").rpartition(":")[2])
        if value is None:
            return None
        out.append(value)
    return "/" + "/".join(out)


def visitors() -> Iterator[Visitor]:
    """One of each kind, of the party of its kind that has most."""
    from django.db.models import Count

    from seawall.cases.models import Participant
    from seawall.findings.models import Receipt
    from seawall.inventory.models import Asset
    from seawall.parties.models import Party

    def most(rows: Any, column: str) -> int:
        return rows.order_by().values_list(column).annotate(n=Count("pk")).order_by("-n")[0][0]

    yield visitor("lead", Party.objects.get(is_house=True).pk)
    yield visitor("vendor", most(Participant.objects.filter(part="vendor"), "party"))
    yield visitor("finder", most(Receipt.objects.all(), "reporter"))
    yield visitor("operator", most(Asset.objects.all(), "owner"))
    authority = next((p for p in Party.objects.all() if "authority" in p.roles), None)
    if authority is not None:
        yield visitor("authority", authority.pk)


def visitor(kind: str, party: int) -> Visitor:
    from datetime import timedelta

    from django.conf import settings
    from django.utils import timezone

    from seawall.parties.access import actor_of
    from seawall.parties.actions import issue_token
    from seawall.parties.models import Membership, Scope
    from seawall.vocab.actors import LOCAL
    from web.people import visitor as browser

    row = Membership.objects.filter(party=party, ended_at=None, role="lead").order_by("pk")[0]
    signed_in = browser(row.person)
    name = settings.SESSION_COOKIE_NAME
    token = issue_token(
        label="bench", scopes=[Scope.READ], life=timedelta(hours=1), by=LOCAL, now=timezone.now(),
        membership=row,
    )  # fmt: skip
    return Visitor(
        kind=kind,
        cookie=f"{name}={signed_in.client.cookies[name].value}",
        token=token.text,
        samples=samples(actor_of(row.person)),
    )


def samples(by: Any) -> dict[str, str]:
    """Ids of things the actor may see; the case and the finding with most to show come first."""
    from django.db.models import Count

    from seawall.advisories.models import Advisory
    from seawall.cases import access as cases
    from seawall.cases.models import Participant
    from seawall.directives.access import obligations
    from seawall.findings import access as findings
    from seawall.inventory import access as inventory
    from seawall.validation.access import validations
    from seawall.vocab.access import Tier

    crowded = Participant.objects.order_by().values("case").annotate(n=Count("pk")).order_by("-n")
    known = cases.cases(by).prefetch_related(None)
    case = known.filter(pk__in=[each["case"] for each in crowded[:300]]).first() or known.first()
    proven = findings.findings(by, at_least=Tier.T2).order_by("-pk")
    finding = proven.filter(level=3)[:1] or proven[:1]
    link = findings.links(by).first()
    ids = {
        "case_id": case,
        "finding_id": next(iter(finding), None),
        "validation_id": validations(by).order_by("-pk").first(),
        "report_id": findings.reports(by).first(),
        "asset_id": inventory.assets(by).first(),
        "obligation_id": obligations(by).first(),
        "one": link.earlier if link else None,
        "other": link.later if link else None,
    }
    found = {name: row.public_id for name, row in ids.items() if row is not None}
    advisory = Advisory.objects.filter(published_at__isnull=False).order_by("-pk").first()
    if advisory is not None:
        found |= {"advisory_id": advisory.public_id}
    found |= {"index": "1", "party_id": "P-1"}
    middle = next(iter(proven[2_000:2_001]), None)
    if middle is not None:
        found["deep"] = " ".join((
            f"/intake?after=~{middle.pk}", f"/intake?sort=level&after={middle.level}~{middle.pk}",
            f"/intake?sort=severity&after={middle.score}~{middle.pk}",
            f"/intake?sort=target&after={quote(middle.target)}~{middle.pk}",
            f"/intake?sort=state&after={middle.state}~{middle.pk}",
            f"/reports?after=~{middle.report_id}",
        ))  # fmt: skip
    return found


def single_row_ms() -> float:
    """Reading one finding by its key, as a model instance."""
    from seawall.findings.models import Finding

    last = Finding.objects.order_by("-pk")[0].pk
    times = []
    for n in range(200):
        began = time.perf_counter()
        Finding.objects.get(pk=1 + (n * 7919) % last)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def sizes() -> str:
    from django.db import connection

    from seawall.cases.models import Case
    from seawall.findings.models import Finding
    from seawall.parties.models import Party

    return (f"{Finding.objects.count():,} findings, {Case.objects.count():,} cases, "
            f"{Party.objects.count():,} parties on {connection.vendor}")  # fmt: skip


if __name__ == "__main__":
    main()
