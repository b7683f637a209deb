"""`seawall review`, `eval`, `partner` and `grant` on an installation."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reviews.folk import folk
from seawall.cli.main import root
from seawall.core.determination import commitment
from seawall.parties.models import Party
from seawall.reviews.models import Evaluation, Submission

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(home):
    def run(*args: str, code: int = 0) -> Result:
        done = CliRunner().invoke(root, args, catch_exceptions=False)
        assert done.exit_code == code, f"{args}: {done.exit_code}\n{done.output}{done.stderr}"
        return done

    return run


@pytest.fixture
def lab() -> Party:
    return Party.objects.create(name="Osprey Labs", roles=["lab"])


def _document(run, tmp_path: Path, **changed: object) -> str:
    raw = json.loads(run("review", "example").stdout) | changed
    path = tmp_path / "model.json"
    path.write_text(json.dumps(raw))
    return str(path)


def test_a_model_is_put_up_withdrawn_and_deleted_with_evidence(run, lab, tmp_path):
    drafted = run("review", "draft", _document(run, tmp_path)).stdout
    id = Submission.objects.get().public_id
    assert drafted.startswith(f"{id}  draft  model-")
    assert "may be released" in drafted
    assert "submitted" in run("review", "submit", id).stdout
    assert json.loads(run("review", "list", "--json").stdout)["submissions"][0]["id"] == id
    assert "withdrawn" in run("review", "withdraw", id, "--yes").stdout
    evidence = tmp_path / "evidence.json"
    run("review", "delete", id, "--yes", "--evidence", str(evidence))
    assert json.loads(evidence.read_text())["payloadType"] == "application/vnd.in-toto+json"
    assert "deleted on" in run("review", "show", id).stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "a submission is an object"),
        ("{}", "compare with `seawall review example`"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(run, lab, tmp_path, text, said):
    path = tmp_path / "model.json"
    path.write_text(text)
    done = run("review", "draft", str(path), code=2)
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_wrong_dates_and_regimes_are_named(run, lab, tmp_path):
    wrong = _document(run, tmp_path, public_release_at="2020-01-01")
    assert "public_release_at" in run("review", "draft", wrong, code=2).stderr
    wrong = _document(run, tmp_path, regime="none")
    assert "There is no regime none." in run("review", "draft", wrong, code=2).stderr
    wrong = _document(run, tmp_path, partner_release_at="soon")
    assert "'soon' is no moment" in run("review", "draft", wrong, code=2).stderr


def test_without_a_lab_or_with_two_it_says_so(run, tmp_path):
    named = _document(run, tmp_path, lab="")
    assert "Say for which lab" in run("review", "draft", named, code=2).stderr
    for name in ("One", "Two"):
        Party.objects.create(name=name, roles=["lab"])
    assert "Say for which lab" in run("review", "draft", named, code=2).stderr
    run("review", "draft", named, "--lab", "Two")


def test_an_unknown_submission_is_one_line(run):
    done = run("review", "show", "M-2026-000009", code=2)
    assert done.stderr == "seawall: There is no submission M-2026-000009.\n"


def test_the_order_is_drawn_fixed_and_verified(run, lab, tmp_path):
    run("review", "draft", _document(run, tmp_path))
    run("review", "submit", Submission.objects.get().public_id)
    run("eval", "open", Submission.objects.get().public_id)
    id = Evaluation.objects.get().public_id
    files = {voice: tmp_path / f"{voice}.nonce" for voice in ("lab", "government")}
    assert "The order is drawn once" in run("eval", "plan", id, code=2).stderr
    for step in ("commit", "reveal"):
        for voice, path in files.items():
            run("eval", step, id, "--voice", voice, "--nonce-file", str(path))
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    run("eval", "plan", id, "--items", "8", "--scaffold", "plain@1")
    row = Evaluation.objects.get()
    from seawall.reviews.evaluations import plan_of

    plan, facts = plan_of(row)
    assert commitment(plan, facts) == row.plan_digest
    assert "agree" in run("eval", "verify", id).stdout
    shown = json.loads(run("eval", "show", id, "--json").stdout)
    assert (shown["determined"], len(shown["plan"]["order"][0]["items"])) == ("undecided", 8)
    assert "Undecided" in run("eval", "report", id).stdout
    run("eval", "decide", id)
    assert "determined: undecided" in run("review", "show", row.submission.public_id).stdout


def test_a_partner_is_chosen_and_bound_on_the_command_line(run, tmp_path):
    folk()
    run("review", "draft", _document(run, tmp_path))
    submission = Submission.objects.get().public_id
    run("review", "submit", submission)
    asked = ("--kind", "hospital", "--statement", "wards")
    made = json.loads(
        run("partner", "apply", "St. Elsewhere", "Osprey Labs", *asked, "--json").stdout
    )
    assert (
        "not recorded as met"
        in run("partner", "select", made["id"], "--voice", "lab", code=2).stderr.lower()
    )
    for criterion in made["criteria"]:
        run("partner", "criterion", made["id"], criterion["id"], "--note", "seen")
    run("partner", "select", made["id"], "--voice", "lab")
    assert "selected" in run("partner", "select", made["id"], "--voice", "government").stdout
    refused = run("grant", "request", submission, made["id"], "--purpose", "scan", code=2)
    assert "The partner is selected, not designated." in refused.stderr


def test_a_private_key_is_never_taken(run, tmp_path):
    folk()
    path = tmp_path / "key.json"
    path.write_text(json.dumps({"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "secret"}))
    done = run("grant", "bind", "G-2026-000001", "--jwk", str(path), code=2)
    assert "secret" not in done.output + done.stderr


def test_a_bank_is_listed_with_its_root(run):
    found = json.loads(run("eval", "bank", "list", "--json").stdout)["banks"]
    assert [(each["name"], each["sealed"]) for each in found] == [("practice", False)]
    assert len(found[0]["root"]) == 64
    assert "no such bank" in run("eval", "bank", "items", "none", code=2).stderr
