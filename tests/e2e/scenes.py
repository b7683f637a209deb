"""What a test wants to find in the installation before it opens the browser. These run in the
server's process: take and give JSON values."""

from typing import Any

from django.utils import timezone

from e2e.review_scenes import results as results
from e2e.review_scenes import signed as signed
from e2e.review_scenes import used as used
from e2e.room_scenes import room as room
from seawall.parties import passwords
from seawall.parties.models import Party, Person
from seawall.parties.people import add_member, add_party, add_person
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL

PASSWORD = "four plain words suffice here"
HOUSE = "House CERT"


def party(*, name: str, roles: list[str], is_house: bool = False) -> str:
    """The party of that name, made when it is new; gives its id."""
    known = Party.objects.filter(name=name).first()
    if known is None:
        given = [Party.Role(role) for role in roles]
        known = add_party(name, roles=given, is_house=is_house, by=LOCAL, now=timezone.now())
    return known.public_id


def person(
    *,
    name: str,
    party: str = HOUSE,
    roles: list[str] | None = None,
    role: str = "member",
    is_admin: bool = False,
) -> dict[str, str]:
    """A new person of a party, who can sign in with PASSWORD; gives the address."""
    is_house = party == HOUSE
    globals()["party"](name=party, roles=roles or ["coordinator"], is_house=is_house)
    email = f"{name.lower()}@example.org"
    made = add_person(email=email, name=name, by=LOCAL, now=timezone.now())
    passwords.set_password(made, PASSWORD, by=LOCAL, now=timezone.now())
    add_member(
        made,
        Party.objects.get(name=party),
        role=MemberRole(role),
        is_admin=is_admin,
        by=LOCAL,
        now=timezone.now(),
    )
    return {"email": email, "password": PASSWORD}


def end_sessions(*, email: str) -> int:
    """End all sessions of a person at once, as an administrator does."""
    from seawall.parties import sign_ins

    someone = Person.objects.get(email=email)
    return sign_ins.end_all(someone, by=LOCAL, now=timezone.now())


def report(*, text: str, name: str = "report.txt", reporter: str = "") -> dict[str, Any]:
    """Submit a report as if it came by the command line."""
    from seawall.findings.actions import submit

    data, now = text.encode(), timezone.now()
    done = submit(data, name=name, by=LOCAL, now=now, reporter=reporter)
    return {"report": done.report, "findings": list(done.findings)}


def claim(*, party: str, target: str, versions: str = "", days: int = 7) -> str:
    """A scan claim of a party, from now; gives its id."""
    from datetime import timedelta

    from seawall.claims import actions
    from seawall.claims.scope import read_scope
    from seawall.vocab.claims import Lease

    now = timezone.now()
    wanted = actions.Wanted(
        scope=read_scope(target, versions),
        lease=Lease(starts_at=now, until_at=now + timedelta(days=days)),
        model="finder-model",
    )
    owner = Party.objects.get(name=party)
    return actions.claim(wanted, party=owner, by=LOCAL, now=now).claim.public_id


def match(*, starter: str, joiner: str) -> str:
    """A session of private matching that waits for points; gives its id."""
    from seawall.claims import matching

    sides = {"starter": starter, "joiner": joiner}
    parties = {side: Party.objects.get(name=name) for side, name in sides.items()}
    return matching.start(**parties, at_most=64, by=LOCAL, now=timezone.now()).public_id


def invitation(*, email: str, party: str = HOUSE) -> str:
    """An invitation into a party; gives the path of its link."""
    from seawall.parties import invitations

    globals()["party"](name=party, roles=["coordinator"], is_house=party == HOUSE)
    made = invitations.invite(
        email=email,
        party=Party.objects.get(name=party),
        role=MemberRole.MEMBER,
        is_admin=False,
        by=LOCAL,
        now=timezone.now(),
    )
    return f"/join/{made.secret}"


def shredding_asked() -> dict[str, str]:
    """A case of which somebody asks that it may be shredded; gives the approval and its digest."""
    from cases.casework import finding
    from seawall.cases import grave
    from seawall.cases.actions import open_case

    case = open_case(finding(), by=LOCAL, now=timezone.now())
    asked = grave.ask_shred(case, by=LOCAL, now=timezone.now())
    return {"id": asked.public_id, "digest": asked.digest, "case": case.public_id}


def signatures(*, id: str) -> list[dict[str, str]]:
    """How an approval was signed; `challenge` is what the passkey signed, in hex."""
    import json

    from webauthn.helpers import base64url_to_bytes

    from seawall.parties.models import ApprovalSignature

    told = []
    for row in ApprovalSignature.objects.filter(approval=int(id.removeprefix("AP-"))):
        said = json.loads(base64url_to_bytes(row.evidence["client_data"]))
        challenge = base64url_to_bytes(said["challenge"]).hex()
        told.append({"how": row.how, "digest": row.digest, "challenge": challenge})
    return told


def proven(*, title: str, reporter: str = "Ann Lab", target: str = "") -> dict[str, str]:
    """A finding with recorded evidence of level E3, and its case; gives both ids."""
    import hashlib

    from cases.casework import finding, prove
    from seawall.cases.actions import open_case

    now = timezone.now()
    more = {"target": target} if target else {}
    row = finding(title, reporter=reporter, at=now, description="What happens, and how.", **more)
    prove(row, digest=hashlib.sha256(title.encode()).hexdigest(), at=now)
    case = open_case(row, by=LOCAL, now=now)
    return {"finding": row.public_id, "case": case.public_id}


def verified_fix(*, case: str, version: str = "3.1.5") -> str:
    """A fixed version of a case that silences its proofs, and the draft of its advisory; gives the
    advisory's id."""
    from api.test_cases import verified
    from seawall.advisories.actions import draft
    from seawall.cases.access import case as one
    from seawall.cases.fixes import add_fix

    row, now = one(LOCAL, case), timezone.now()
    verified(add_fix(row, version=version, by=LOCAL, now=now))
    return draft(one(LOCAL, case), by=LOCAL, now=now).advisory.public_id


def catalogue(*, package: str, fixed: str, cve: str) -> None:
    """A public advisory about an npm package, listed as exploited."""
    from datetime import timedelta

    from api.doors import kev
    from seawall.formats.kev import read_kev
    from seawall.inventory.catalogue import import_documents, import_kev, rebuild_index

    now = timezone.now()
    document = {
        "schema_version": "1.6.0",
        "id": f"GHSA-{cve[4:]}",
        "aliases": [cve],
        "modified": (now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "summary": "A made-up vulnerability",
        "affected": [
            {
                "package": {"ecosystem": "npm", "name": package},
                "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
            }
        ],
    }
    import_documents([("made up", document)], source="made up", by=LOCAL, now=now)
    import_kev(read_kev(kev(cve)), by=LOCAL, now=now)
    rebuild_index()


def handed_over(*, title: str, vendor: str) -> dict[str, str]:
    """A proven case that a vendor has been handed; gives its ids."""
    import time

    from seawall.cases import handovers
    from seawall.cases.access import case as one

    made = proven(title=title)
    receiver = Party.objects.get(name=vendor)
    row = handovers.ask(
        one(LOCAL, made["case"]), receiver, override="Made up.", by=LOCAL, now=timezone.now()
    )
    handovers.hand_over_due(receiver, by=LOCAL, now=timezone.now())
    for _ in range(100):  # the worker may be handing it over at this moment
        row.refresh_from_db()
        if row.state != row.State.WAITING:
            return made
        time.sleep(0.1)
    raise AssertionError(f"{made['case']} is still waiting")
