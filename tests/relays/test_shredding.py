"""Submissions of AIxCC go with the case that they belong to."""

from datetime import timedelta

import pytest

from api.doors import DIFF
from cases.casework import finding, prove
from seawall.cases.actions import open_case
from seawall.cases.fixes import add_fix
from seawall.cases.models import Case
from seawall.cases.shredding import shred
from seawall.jobs import shredding as job
from seawall.jobs.registry import Work
from seawall.ledger.models import Outbox
from seawall.parties import sealing
from seawall.parties.sealing import Shredded
from seawall.relays.models import Bundle, Submission, Task
from seawall.vocab.actors import LOCAL
from validation.records import NOON

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(days=3)
WHAT = {"what": "aixcc.patch", "place": "x"}


def submitted(case: Case, task: Task) -> Submission:
    """A patch that has become a fix of the case, in a bundle that says what it is about."""
    key_id = sealing.new_key()
    patch = Submission.objects.create(
        task=task,
        kind=Submission.Kind.PATCH,
        digest=f"{case.pk:064d}",
        key_id=key_id,
        diff=sealing.seal(key_id, DIFF, **WHAT),
        fix=add_fix(case, diff=DIFF, by=LOCAL, now=NOON),
        at=NOON,
    )
    Bundle.objects.create(task=task, patch=patch, description="canary-bundle", at=NOON)
    return patch


def test_a_patch_goes_with_its_case_and_others_stay(home):
    task = Task.objects.create(label="t", target="pkg:pypi/p0@1", made_by="local", made_at=NOON)
    cases = []
    for number, title in enumerate(("One", "Two")):
        row = finding(title, target=f"pkg:pypi/p{number}@1")
        prove(row, digest=f"0{number}" * 32)
        cases.append(open_case(row, by=LOCAL, now=NOON))
    gone, stays = (submitted(case, task) for case in cases)
    shred(cases[0], by=LOCAL, now=LATER)
    row = Outbox.objects.get(topic="case.shredded")
    for _ in range(2):
        job.finish(Work(topic=row.topic, key="k", ids=row.ids, now=LATER))
    digest = gone.digest
    gone.refresh_from_db()
    stays.refresh_from_db()
    with pytest.raises(Shredded):
        sealing.unseal(bytes(gone.diff), **WHAT)
    assert gone.digest != digest
    assert sealing.unseal(bytes(stays.diff), **WHAT) == DIFF
    assert [each.description for each in Bundle.objects.order_by("at", "patch__fix")] == [
        "",
        "canary-bundle",
    ]
