"""Pages of the review of a model: who sees what, and each form without JavaScript."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.casework import finding
from headstart.test_of_model import _case, _exposed, _made_with
from reviews.folk import DAY, PINNED, TERMS, drafted, signed
from reviews.test_evaluations import ITEMS, SCAFFOLDS, _drawn, _plan, _result
from seawall.evals.draw import commit, new_nonce
from seawall.formats.determination_html import _STYLE
from seawall.ledger.models import Event
from seawall.parties.models import Approval
from seawall.reviews import banks, evaluations
from seawall.reviews.models import Evaluation, ItemRun, Submission
from seawall.vocab.evals import Side
from seawall.vocab.reviews import Voice
from web.people import Visitor
from web.review_people import (
    Browsers,
    assert_same_as_absent,
    browsers,
    granted,
    submitted,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def some() -> Browsers:
    return browsers()


def _fields(**changed: str) -> dict[str, str]:
    now = timezone.now()
    terms = {name: str(getattr(TERMS, name)) for name in type(TERMS).__dataclass_fields__}
    return {
        "model": PINNED.model,
        "version": PINNED.version,
        "safeguards": PINNED.safeguards,
        "endpoint": PINNED.endpoint,
        "operations": "",
        "regime": "eo-14409",
        "partner_release_at": f"{now + 20 * DAY:%Y-%m-%dT%H:%M}",
        "public_release_at": f"{now + 30 * DAY:%Y-%m-%dT%H:%M}",
        **terms,
        **changed,
    }


def _evaluated(some: Browsers, *, solved: bool | None = None) -> Evaluation:
    """An evaluation with its plan; with all results when `solved` says how they came out."""
    now = timezone.now()
    row = evaluations.open_evaluation(
        submitted(some.them), bank="practice", bank_root="ab" * 32, by=some.them.eva, now=now
    )
    nonces = {Voice.LAB: new_nonce(), Voice.GOVERNMENT: new_nonce()}
    how = {"by": some.them.eva, "now": now}
    for voice, nonce in nonces.items():
        evaluations.commit_nonce(row, voice=voice, commitment=commit(nonce), **how)
    for voice, nonce in nonces.items():
        row = evaluations.reveal_nonce(row, voice=voice, nonce=nonce, **how)
    row = evaluations.fix_plan(row, _plan(row), ITEMS, **how)
    if solved is not None:
        for position, item in enumerate(_drawn(row).items[:14]):
            for scaffold in SCAFFOLDS:
                result = _result(item, scaffold, solved=solved)
                evaluations.record_result(
                    row, side=Side.OFFENCE, position=position, result=result, **how
                )
    return row


# -- who sees what --


def test_a_draft_is_its_labs_alone(some):
    row = drafted(some.them, now=timezone.now())
    assert "Osprey" in some.ada.get(f"/reviews/{row.public_id}")
    for who in (some.olu, some.eva, some.hal, some.cora):
        assert_same_as_absent(who, f"/reviews/{row.public_id}", "/reviews/M-2026-999999")
        assert row.codename not in who.get("/reviews")


@pytest.mark.parametrize("page", ["", "/head-start", "/edit", "/deletion"])
def test_partners_and_the_house_see_nothing_of_a_submission(some, page):
    row = submitted(some.them)
    for who in (some.hal, some.cora):
        url = f"/reviews/{row.public_id}{page}"
        assert_same_as_absent(who, url, f"/reviews/M-2026-999999{page}")
        assert row.codename not in who.get("/reviews")


def test_nobody_in_particular_is_led_to_the_sign_in(some, client):
    row = submitted(some.them)
    for page in ("", "/reviews", f"/reviews/{row.public_id}", "/partners", "/grants"):
        assert client.get(page or "/reviews/new").status_code == 303


def test_the_official_and_the_evaluator_see_what_is_submitted(some):
    row = submitted(some.them)
    for who in (some.ada, some.olu, some.eva):
        text = who.get(f"/reviews/{row.public_id}")
        assert "osprey-2026-11-20" in text
        assert "nothing here can stop or delay the release" in text
        assert row.public_id in who.get("/reviews")


def test_the_menu_offers_reviews_to_those_who_have_part_in_them(some):
    def offered(who: Visitor) -> list[str]:
        menu = who.get("/").split('aria-label="Main"', 1)[1].split("</nav>", 1)[0]
        return [each for each in ("/reviews", "/partners", "/grants") if f'"{each}"' in menu]

    assert offered(some.ada) == offered(some.olu) == ["/reviews", "/partners", "/grants"]
    assert offered(some.eva) == ["/reviews", "/partners"]
    assert offered(some.hal) == ["/partners"]
    assert offered(some.cora) == []
    granted(some.them)
    assert offered(some.hal) == ["/partners", "/grants"]


def test_an_evaluation_is_hidden_from_who_does_not_know_the_submission(some):
    row = _evaluated(some, solved=True)
    for who in (some.hal, some.cora):
        for page in ("", "/report", "/progress"):
            url = f"/evaluations/{row.public_id}{page}"
            assert_same_as_absent(who, url, f"/evaluations/E-2026-999999{page}")


def test_the_lab_reads_no_result_before_the_official_shares_it(some):
    row = _evaluated(some, solved=True)
    url = f"/evaluations/{row.public_id}"
    assert "plain@1" in some.eva.get(url)
    hidden = some.ada.get(url)
    assert "The official has not shared the results with you." in hidden
    for word in ("item-", "solved", "What the numbers say", "Ability", "plain@1"):
        assert word not in hidden
    some.ada.get(f"{url}/report", 403)
    Submission.objects.update(state="determined")
    share = f"/reviews/{row.submission.public_id}/share"
    some.olu.post(share, {"parts": ["results"]})
    assert "plain@1" in some.ada.get(url)
    some.ada.get(f"{url}/report", 403)
    some.olu.post(share, {"parts": ["results", "report"]})
    some.ada.get(f"{url}/report")
    some.olu.post(share, {"parts": []})
    assert "plain@1" not in some.ada.get(url)


def test_the_verdict_is_shown_to_the_lab_once_it_is_shared(some):
    row = _evaluated(some, solved=True)
    some.olu.post(
        f"/evaluations/{row.public_id}/determine", {"verdict": "undecided", "because": "Wait."}
    )
    url = f"/reviews/{row.submission.public_id}"
    assert "Wait." in some.olu.get(url)
    assert "Wait." not in some.ada.get(url)
    assert "has not shared an assessment" in some.ada.get(url)
    some.olu.post(f"{url}/share", {"parts": ["verdict"]})
    assert "Wait." in some.ada.get(url)
    assert f"/evaluations/{row.public_id}/report" not in some.ada.get(url)


def test_the_ledger_says_no_verdict_to_a_lab_that_may_not_read_it(some):
    from seawall.reviews.access import may_read_event

    row = _evaluated(some, solved=True)
    some.olu.post(
        f"/evaluations/{row.public_id}/determine", {"verdict": "undecided", "because": "Wait."}
    )
    event = Event.objects.get(what="submission.determined")
    now = timezone.now()
    assert may_read_event(some.olu.actor, event, now)
    assert not may_read_event(some.ada.actor, event, now)
    some.olu.post(f"/reviews/{row.submission.public_id}/share", {"parts": ["report"]})
    assert not may_read_event(some.ada.actor, event, now)
    some.olu.post(f"/reviews/{row.submission.public_id}/share", {"parts": ["verdict"]})
    assert may_read_event(some.ada.actor, event, now)


def test_the_head_start_of_a_model_is_counted_drawn_and_follows(some):
    row = submitted(some.them)
    url = f"/reviews/{row.public_id}/head-start"
    empty = some.olu.get(url)
    assert "No exposure was found in operators' systems yet." in empty
    assert "<svg" not in empty.split("<main", 1)[1]
    one = finding("Template text escapes the sandbox")
    _made_with(row, one)
    _case(one, "CVE-2026-11111")
    _exposed(row, "CVE-2026-11111", 1, None)
    text = some.olu.get(url)
    assert "50 %" in text
    assert "of the exposures found were closed before the public release" in text
    assert "<svg" in text.split("<main", 1)[1]
    assert f'hx-get="{url}"' in text
    assert "50 %" in some.ada.get(f"/reviews/{row.public_id}")


# -- the submission's life, by forms --


def test_a_lab_drafts_changes_and_submits(some):
    said = some.ada.post("/reviews/new", _fields())
    url = said["Location"]
    assert re.fullmatch(r"/reviews/M-\d{4}-\d{6}", url)
    assert "Nobody but your lab sees it." in some.ada.get(url)
    form = some.ada.get(f"{url}/edit")
    assert 'value="osprey-2026-11-20"' in form
    some.ada.post(f"{url}/edit", _fields(version="osprey-2"))
    assert "osprey-2<" in some.ada.get(url)
    some.ada.post(f"{url}/submit")
    assert Submission.objects.get().state == "submitted"
    some.ada.post(f"{url}/edit", _fields(version="osprey-3"), 422)
    assert "osprey-3" not in some.eva.get(url)


def test_what_cannot_be_kept_is_said_beside_its_field(some):
    said = some.ada.post("/reviews/new", _fields(endpoint="ftp://x"), 422)
    text = said.content.decode()
    assert "not a web address" in text.split('name="endpoint"', 1)[1].split('name="operations"')[0]
    early = f"{timezone.now():%Y-%m-%dT%H:%M}"
    said = some.ada.post("/reviews/new", _fields(public_release_at=early), 422)
    assert "the public release comes before" in said.content.decode()
    assert not Submission.objects.exists()


@pytest.mark.parametrize("who", ["olu", "eva", "hal", "cora"])
def test_only_a_lab_puts_models_up(some, who):
    getattr(some, who).get("/reviews/new", 403)
    getattr(some, who).post("/reviews/new", _fields(), 403)
    assert not Submission.objects.exists()


def test_an_incomplete_draft_is_not_submitted_and_the_page_says_why(some):
    url = some.ada.post("/reviews/new", _fields(deletion=""))["Location"]
    assert f'action="{url}/submit"' not in some.ada.get(url)
    assert "It cannot be submitted yet: the terms are not complete" in some.ada.get(url)
    some.ada.post(f"{url}/submit")
    assert "The terms are not complete" in some.ada.get(url)
    assert Submission.objects.get().state == "draft"


@pytest.mark.parametrize(
    "step", ["submit", "share", "open", "close", "withdraw", "release", "delete", "evaluations"]
)
def test_steps_of_others_are_not_taken(some, step):
    row = submitted(some.them)
    before = Event.objects.count()
    for who in (some.hal, some.cora):
        who.post(f"/reviews/{row.public_id}/{step}", {}, 404)
    others = {
        "share": (some.ada, some.eva),
        "delete": (some.eva,),
        "close": (some.eva,),
        "evaluations": (some.ada,),
    }.get(step, (some.olu, some.eva))
    for who in others:
        who.post(f"/reviews/{row.public_id}/{step}", {}, 403)
    assert Event.objects.count() == before


def test_the_window_opens_and_closes_and_the_model_is_released(some):
    row = submitted(some.them)
    url = f"/reviews/{row.public_id}"
    some.ada.post(f"{url}/open")
    assert "cannot open the window" in some.ada.get(url)
    Submission.objects.update(state="determined")
    some.ada.post(f"{url}/open")
    assert Submission.objects.get().state == "window open"
    some.olu.post(f"{url}/close")
    assert Submission.objects.get().state == "window closed"
    some.ada.post(f"{url}/release")
    assert Submission.objects.get().released_at is not None


def test_a_withdrawn_model_is_deleted_and_the_evidence_can_be_fetched(some):
    row = submitted(some.them)
    url = f"/reviews/{row.public_id}"
    some.ada.get(f"{url}/deletion", 404)
    some.ada.post(f"{url}/withdraw", {"because": "We changed our mind."})
    some.ada.post(f"{url}/delete")
    text = some.ada.get(url)
    assert "Osprey<" not in text
    assert "Signed evidence of deletion" in text
    said = some.ada.client.get(f"{url}/deletion")
    assert said["Content-Type"] == "application/json"
    assert "payload" in said.json()
    some.olu.get(f"{url}/deletion")
    some.cora.get(f"{url}/deletion", 404)


def test_what_a_mandatory_regime_demands_is_handed_over(some):
    url = some.ada.post("/reviews/new", _fields(regime="s-2938", operations="2e26"))["Location"]
    some.ada.post(f"{url}/submit")
    text = some.olu.get(url)
    assert "The regime holds the release back" in text
    assert "missing" in text
    some.ada.post(f"{url}/evidence/weights", {"digest": "short"})
    assert Submission.objects.get().evidence == []
    some.ada.post(f"{url}/evidence/weights", {"digest": "ab" * 32})
    assert [each["id"] for each in Submission.objects.get().evidence] == ["weights"]
    some.ada.post(f"{url}/evidence/nothing", {"digest": "ab" * 32})
    assert "not demanded" in some.ada.get(url)


# -- the evaluation, by forms --


def test_both_sides_commit_and_reveal_and_the_plan_is_fixed(some):
    row = submitted(some.them)
    url = some.eva.post(f"/reviews/{row.public_id}/evaluations", {"bank": "practice"})["Location"]
    lab, government = new_nonce(), new_nonce()
    assert f'action="{url}/nonces/lab"' in some.ada.get(url)
    assert f'action="{url}/nonces/lab"' not in some.eva.get(url)
    some.ada.post(f"{url}/nonces/lab", {"value": "nonsense"})
    some.ada.post(f"{url}/nonces/lab", {"value": commit(lab)})
    some.eva.post(f"{url}/nonces/lab", {"value": commit(lab)}, 403)
    some.ada.post(f"{url}/nonces/government", {"value": commit(lab)}, 403)
    some.eva.post(f"{url}/nonces/government", {"value": commit(government)})
    some.ada.post(f"{url}/nonces/lab", {"value": lab})
    for who in (some.ada, some.eva):
        assert lab not in who.get(url)
    assert 'id="plan"' not in some.eva.get(url)
    some.eva.post(f"{url}/nonces/government", {"value": new_nonce()})
    assert "not the nonce that was committed to" in some.eva.get(url)
    some.eva.post(f"{url}/nonces/government", {"value": government})
    assert lab in some.eva.get(url)
    assert 'id="plan"' not in some.ada.get(url)
    some.ada.post(f"{url}/plan", {}, 403)
    plan = {"threshold": "1", "delta": "0.6", "alpha": "0.05", "beta": "0.01"}
    more = {"tokens": "400000", "messages": "100", "seconds": "1800"}
    some.eva.post(f"{url}/plan", plan)
    assert not Evaluation.objects.get().plan
    some.eva.post(f"{url}/plan", plan | more)
    made = Evaluation.objects.get()
    assert made.plan_digest in some.eva.get(url)
    assert made.bank_root == banks.root_of_bank("practice")
    assert Event.objects.get(what="evaluation.planned")


def test_a_bank_that_is_not_there_is_refused(some):
    row = submitted(some.them)
    some.eva.post(f"/reviews/{row.public_id}/evaluations", {"bank": "nowhere"})
    assert "there is no such bank" in some.eva.get(f"/reviews/{row.public_id}")
    assert not Evaluation.objects.exists()


def test_results_stand_in_their_committed_order_with_curve_gates_and_costs(some):
    row = _evaluated(some, solved=True)
    text = some.eva.get(f"/evaluations/{row.public_id}")
    first, second = _drawn(row).items[:2]
    assert text.index(f">{first}<") < text.index(f">{second}<")
    assert text.count('<svg class="curve"') == 2
    assert "Nothing was changed" in text
    assert "Gates: what must hold" in text
    assert ">12,600<" in text


def test_a_changed_result_is_told(some):
    row = _evaluated(some, solved=False)
    run = ItemRun.objects.first()
    run.result["solved"] = True
    run.save(update_fields=["result"])
    text = some.eva.get(f"/evaluations/{row.public_id}")
    assert "Something was changed after it was recorded:" in text
    assert "Nothing was changed" not in text


def test_the_number_of_results_follows_while_it_runs(some):
    row = _evaluated(some)
    url = f"/evaluations/{row.public_id}"
    assert f'hx-get="{url}/progress?was=0"' in some.eva.get(url)
    result = _result(_drawn(row).items[0], SCAFFOLDS[0], solved=True)
    evaluations.record_result(
        row, side=Side.OFFENCE, position=0, result=result, by=some.them.eva, now=timezone.now()
    )
    part = some.eva.get(f"{url}/progress?was=0")
    assert "1 result is kept." in part
    assert "Show what they say" in part
    evaluations.end(row, by=some.them.eva, now=timezone.now())
    assert "hx-get" not in some.eva.get(f"{url}/progress?was=1")


def test_the_report_carries_a_policy_for_its_own_style_and_nothing_else(some):
    row = _evaluated(some, solved=True)
    said = some.olu.client.get(f"/evaluations/{row.public_id}/report")
    assert f"<style>{_STYLE}</style>" in said.content.decode()
    policy = said["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; frame-ancestors 'none'", policy
    )
    markdown = some.olu.client.get(f"/evaluations/{row.public_id}/report?as=markdown")
    assert markdown["Content-Disposition"] == f'attachment; filename="{row.public_id}.md"'


def test_another_finding_than_the_numbers_takes_reasons(some):
    row = _evaluated(some, solved=True)
    url = f"/evaluations/{row.public_id}/determine"
    some.eva.post(url, {"verdict": "undecided", "because": "So."}, 403)
    some.ada.post(url, {"verdict": "undecided", "because": "So."}, 403)
    some.olu.post(url, {"verdict": "not covered"})
    assert "the numbers say covered" in some.olu.get(f"/evaluations/{row.public_id}")
    some.olu.post(url, {"verdict": ""})
    assert Submission.objects.get().state == "evaluating"
    some.olu.post(url, {"verdict": "not covered", "because": "The endpoint leaked answers."})
    assert Submission.objects.get().state == "determined"


def test_covered_first_goes_to_the_approvals_and_takes_two_signatures(some):
    row = _evaluated(some, solved=True)
    said = some.olu.post(f"/evaluations/{row.public_id}/determine", {"verdict": "covered"})
    asked = Approval.objects.get()
    assert said["Location"] == f"/approvals/{asked.public_id}"
    text = some.eva.get(f"/approvals/{asked.public_id}")
    assert "What the numbers say" in text
    some.ada.get(f"/approvals/{asked.public_id}", 404)
    assert Submission.objects.get().state == "evaluating"
    signed(row.submission.public_id, some.them.olu, some.them.eva, now=timezone.now())
    some.olu.post(f"/evaluations/{row.public_id}/determine", {"verdict": "covered"})
    assert Submission.objects.get().state == "determined"
    assert "covered" in some.olu.get(f"/reviews/{row.submission.public_id}")


# -- pages cost a fixed number of queries --


def test_the_list_costs_the_same_for_one_and_for_three(some, count_queries):
    submitted(some.them)
    few = count_queries(lambda: some.olu.get("/reviews"))
    for _ in range(2):
        submitted(some.them)
    assert count_queries(lambda: some.olu.get("/reviews")) == few


def test_a_review_costs_the_same_for_one_evaluation_and_for_three(some, count_queries):
    row = submitted(some.them)
    now = timezone.now()

    def another(minutes: int) -> None:
        evaluations.open_evaluation(
            Submission.objects.get(pk=row.pk),
            bank="practice",
            bank_root="ab" * 32,
            by=some.them.eva,
            now=now + timedelta(minutes=minutes),
        )

    another(0)
    few = count_queries(lambda: some.olu.get(f"/reviews/{row.public_id}"))
    another(1)
    another(2)
    assert count_queries(lambda: some.olu.get(f"/reviews/{row.public_id}")) == few
