"""The operator's commands as one types them: sync, check, verify, apply, receipt."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from feed.house import make_house
from formats.bundles import PATCH
from seawall.cli.main import root


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("house")
    made = make_house(folder, releases=2, now=datetime.now(UTC) - timedelta(hours=2))
    (folder / "root.json").write_bytes(made.root)
    return made


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


class Ran:
    def __init__(self, *words):
        result = CliRunner().invoke(root, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr

    @property
    def data(self):
        return json.loads(self.out)


@pytest.fixture
def followed(house):
    ran = Ran("sync", house.tree.folder, "--root", house.home / "root.json")
    assert ran.code == 0, ran.err
    return ran


@pytest.fixture
def sbom(tmp_path):
    def make(version):
        part = {"name": "jinja2", "version": version, "purl": f"pkg:pypi/jinja2@{version}"}
        path = tmp_path / f"sbom-{version}.json"
        path.write_text(
            json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [part]})
        )
        return path

    return make


def expire(home):
    from seawall.client.store import Store

    with Store.open(home / "feeds" / "default") as store, store.change():
        store.put(expires_at="2026-01-01T00:00:00+00:00")


def test_a_feed_begins_with_a_root_from_elsewhere(house, followed, home):
    assert followed.out.splitlines()[:2] == ["  SEAWALL-2026-0001  new", "  SEAWALL-2026-0002  new"]
    assert followed.out.splitlines()[2].startswith(
        "Feed default: 2 releases changed, 2 releases in all, verified against"
        " clearinghouse.example/log (2 entries); good until"
    )


def test_without_a_root_it_refuses_and_says_how(house, home):
    ran = Ran("sync", house.tree.folder)
    assert (ran.code, ran.out) == (2, "")
    assert not (home / "feeds" / "default" / "store.sqlite").exists()
    assert "--root FILE or --root-sha256 HEX" in ran.err


def test_the_digest_of_the_root_will_do(house):
    from hashlib import sha256

    wrong = Ran("sync", house.tree.folder, "--root-sha256", "0" * 64)
    assert (wrong.code, "has no root with the SHA-256" in wrong.err) == (1, True)
    digest = sha256(house.root).hexdigest()
    assert Ran("sync", house.tree.folder, "--root-sha256", digest, "--quiet").out == ""
    both = Ran("sync", "--root-sha256", digest, "--root", house.home / "root.json")
    assert both.code == 2


def test_the_source_is_remembered_and_each_failure_has_its_code(followed, tmp_path):
    again = Ran("sync", "--json")
    assert (again.code, again.data["installed"], again.data["releases"]) == (0, [], 2)
    assert Ran("sync", tmp_path / "nowhere").code == 3
    assert Ran("sync", "--name", "other").code == 2
    assert Ran("sync", "--name", "../x").code == 2
    assert Ran("sync", "--name", "none").code == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    assert Ran("sync", empty).code == 3


def test_a_refused_source_says_where_the_evidence_is(followed, house, tmp_path):
    import shutil

    mirror = tmp_path / "mirror"
    shutil.copytree(house.folder, mirror)
    timestamp = mirror / "tuf/metadata/timestamp.json"
    timestamp.write_bytes(timestamp.read_bytes().replace(b'"version":2', b'"version":9'))
    ran = Ran("sync", mirror)
    assert ran.code == 1
    assert "Nothing was changed; what was given is kept in" in ran.err


def test_check_asks_the_feed_and_says_how_fresh_it_is(followed, sbom):
    ran = Ran("check", sbom("3.1.4"))
    assert ran.code == 1
    assert "SEAWALL-2026-0001" in ran.out
    assert ran.out.splitlines()[-1].startswith("Feed default: 2 releases, synced just now, good")
    assert Ran("check", sbom("3.1.5"), "--strict").code == 0
    assert Ran("check", sbom("3.1.4"), "--json").data["feed"]["releases"] == 2


def test_check_counts_what_feed_and_catalogue_both_have_once(followed, sbom, home):
    from seawall.client.feeds import open_index
    from seawall.client.index import advisories_of
    from seawall.client.store import Store
    from seawall.matching.index import AdvisoryIndex

    with Store.open(home / "feeds" / "default") as store:
        same = list(advisories_of(store))
    (home / "catalogue").mkdir()
    AdvisoryIndex.build(same).save(home / "catalogue" / "index")
    assert Ran("check", sbom("3.1.4"), "--json").data["advisories"] == 2
    assert Ran("check", sbom("3.1.4"), "--json", "--feed", "none").data["advisories"] == 2
    assert "Feed" not in Ran("check", sbom("3.1.4"), "--feed", "none").out
    assert open_index("default") is not None


def test_the_only_feed_is_used_whatever_it_is_called(house, sbom):
    source = (house.tree.folder, "--root", house.home / "root.json")
    assert Ran("sync", *source, "--name", "ours").code == 0
    assert Ran("check", sbom("3.1.4")).out.splitlines()[-1].startswith("Feed ours: 2 releases")
    assert Ran("sync", *source, "--name", "theirs").code == 0
    several = Ran("check", sbom("3.1.4"))
    assert (several.code, "--feed (ours, theirs)" in several.err) == (2, True)
    assert Ran("check", sbom("3.1.4"), "--feed", "theirs").code == 1
    assert Ran("check", sbom("3.1.4"), "--feed", "none").code == 3


def test_named_advisories_are_asked_alone_unless_a_feed_is_named_too(followed, sbom, tmp_path):
    other = tmp_path / "osv.json"
    affected = [{"package": {"ecosystem": "PyPI", "name": "x"}, "versions": ["1"]}]
    other.write_text(
        json.dumps({"id": "X-1", "modified": "2026-01-01T00:00:00Z", "affected": affected})
    )
    assert Ran("check", sbom("3.1.4"), "-a", other, "--json").data["advisories"] == 1
    both = Ran("check", sbom("3.1.4"), "-a", other, "--feed", "default", "--json").data
    assert (both["advisories"], both["feed"]["name"]) == (3, "default")


def test_an_expired_feed_is_said_loudly_and_is_not_green_when_strict(followed, sbom, home):
    expire(home)
    ran = Ran("check", sbom("3.1.5"))
    assert (ran.code, "EXPIRED" in ran.out.splitlines()[-1]) == (0, True)
    assert "EXPIRED" in Ran("check", sbom("3.1.5"), "--json").err
    strict = Ran("check", sbom("3.1.5"), "--strict")
    assert (strict.code, "the feed has expired" in strict.err) == (2, True)


def test_a_feed_that_was_never_synced_is_no_answer(sbom):
    for words in (
        ("check", sbom("3.1.4")),
        ("check", sbom("3.1.4"), "--feed", "default"),
        ("verify", sbom("3.1.4")),
        ("apply", "--all"),
        ("receipt", "list"),
        ("receipt", "installed", "X", "--sbom", sbom("3.1.4"), "--asset", "a"),
    ):
        assert Ran(*words).code == 3, words


def bundle(house, number):
    [path] = (house.folder / "tuf/targets").rglob(f"*.SEAWALL-2026-{number:04d}.json")
    return path


def test_verify_answers_in_words_in_json_and_by_its_code(followed, house, tmp_path, home):
    ran = Ran("verify", bundle(house, 1))
    assert (ran.code, ran.err) == (0, "")
    assert (
        "genuine release bundle of SEAWALL-2026-0001 revision 1, published by Example Clearinghouse"
        " (https://clearinghouse.example) on 2026-03-09 09:00 UTC, entry 0 of"
        " clearinghouse.example/log" in ran.out
    )
    assert Ran("verify", bundle(house, 1), "--quiet").out == ""
    [said] = Ran("verify", bundle(house, 1), "--json").data["files"]
    assert (said["outcome"], said["id"], said["entry"]) == ("genuine", "SEAWALL-2026-0001", 0)
    forged = tmp_path / "forged.json"
    forged.write_bytes(bundle(house, 1).read_bytes().replace(b"3.1.5", b"3.1.4"))
    ran = Ran("verify", bundle(house, 1), forged, "--quiet")
    assert (ran.code, ran.out.count("\n"), "NOT GENUINE" in ran.out) == (1, 1, True)
    expire(home)
    assert Ran("verify", bundle(house, 1)).code == 0
    assert Ran("verify", bundle(house, 1), "--strict").code == 2


def test_verify_takes_a_document_with_its_bundle(followed, house, tmp_path):
    name, text = next(iter(json.loads(bundle(house, 1).read_text())["documents"].items()))
    (tmp_path / name).write_text(text)
    ran = Ran("verify", tmp_path / name, "--bundle", bundle(house, 1))
    assert (ran.code, f"document {name}" in ran.out) == (0, True)
    assert Ran("verify", tmp_path / name, "--bundle", bundle(house, 2)).code == 1


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "requirements.txt").write_text("jinja2==3.1.4  # templates\n")
    return folder


def test_apply_shows_writes_and_takes_back(followed, project):
    file = project / "requirements.txt"
    shown = Ran("apply", "SEAWALL-2026-0001", project)
    assert (shown.code, file.read_text()) == (1, "jinja2==3.1.4  # templates\n")
    assert "-jinja2==3.1.4  # templates\n+jinja2==3.1.5  # templates\n" in shown.out
    written = Ran("apply", "--all", project, "--write")
    assert (written.code, file.read_text()) == (0, "jinja2==3.1.5  # templates\n")
    assert "seawall receipt installed" in written.out
    again = Ran("apply", "--all", project)
    assert (again.code, again.out) == (0, "Nothing has to change.\n")
    assert Ran("apply", "--undo", project).code == 0
    assert file.read_text() == "jinja2==3.1.4  # templates\n"
    assert Ran("apply", "--undo", project).code == 2


def test_apply_says_what_it_leaves_and_is_not_green_then(followed, project):
    (project / "requirements.txt").write_text("jinja2<3.1\n")
    ran = Ran("apply", "--all", project, "--write")
    assert ran.code == 1
    assert "NOT CHANGED: requirements.txt:1: jinja2: it leaves out every fixed version" in ran.err
    assert Ran("apply", "--all", project, "--json").data["refused"][0]["package"] == "jinja2"


def test_apply_is_told_what_to_apply(followed, project):
    assert Ran("apply").code == 2
    assert Ran("apply", "SEAWALL-2026-0001", project, "more").code == 2
    assert Ran("apply", "SEAWALL-1999-0001", project).code == 2
    assert Ran("apply", "--all", project / "nowhere").code == 2
    assert Ran("apply", "--all", "--patch", project).code == 2


def test_apply_takes_the_verified_patch(followed, tmp_path):
    sources = tmp_path / "sources"
    (sources / "jinja2").mkdir(parents=True)
    file = sources / "jinja2" / "sandbox.py"
    file.write_text("import old\n")
    shown = Ran("apply", "SEAWALL-2026-0001", "--patch", sources)
    assert (shown.code, file.read_text()) == (1, "import old\n")
    assert PATCH.decode() in shown.out
    assert Ran("apply", "CVE-2026-10001", "--patch", sources, "--write").code == 0
    assert file.read_text() == "import new\n"
    assert Ran("apply", "CVE-2026-10001", "--patch", sources).code == 2
    assert Ran("apply", "--undo", "--patch", sources).code == 0
    assert file.read_text() == "import old\n"


def test_receipts_are_signed_listed_and_exported(followed, project, sbom, tmp_path):
    assert Ran("receipt", "list").out == "0 receipts to send.\n"
    ran = Ran("apply", "SEAWALL-2026-0001", project, "--write", "--asset", "web-1")
    assert (ran.code, "1 receipt to send" in ran.out) == (0, True)
    words = ("receipt", "installed", "SEAWALL-2026-0002", "--asset", "web-1", "--sbom")
    left = Ran(*words, sbom("3.1.4"))
    assert (left.code, "affected: pkg:pypi/jinja2@3.1.4" in left.err) == (1, True)
    assert Ran(*words, sbom("3.1.5")).out == "1 receipt signed for SEAWALL-2026-0002 in web-1.\n"
    assert [each["kind"] for each in Ran("receipt", "list", "--json").data] == ["installed"] * 2
    export = tmp_path / "receipts.jsonl"
    assert Ran("receipt", "export", export).code == 0
    assert len(export.read_text().splitlines()) == 2
    assert Ran("receipt", "send").code == 2


def test_an_sbom_without_the_package_shows_nothing(followed, tmp_path):
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": []}))
    words = ("receipt", "installed", "SEAWALL-2026-0001", "--sbom", other, "--asset", "a")
    ran = Ran(*words)
    assert (ran.code, "shows nothing" in ran.err) == (1, True)
    assert Ran(*words, "--removed").code == 0


def test_a_sync_can_sign_receipts_from_then_on(house):
    first = Ran("sync", house.tree.folder, "--root", house.home / "root.json", "--receipts")
    assert first.out.splitlines()[-1] == "2 receipts to send: seawall receipt send"
    key = Ran("receipt", "key").out.strip()
    assert (len(key), Ran("receipt", "key").out.strip()) == (64, key)


def test_what_is_broken_here_is_said_in_one_line(house, home):
    assert Ran("sync", house.tree.folder, "--root", house.home / "root.json").code == 0
    feed = home / "feeds" / "default"
    assert Ran("receipt", "key").code == 0
    (feed / "key.pem").chmod(0o644)
    open_to_others = Ran("receipt", "key")
    assert (open_to_others.code, "can be read by others" in open_to_others.err) == (3, True)
    store = feed / "store.sqlite"
    for damage in (b"not a database" * 100, store.read_bytes()[:5_000]):
        store.write_bytes(damage)
        for words in (("sync",), ("verify", house.home / "root.json"), ("apply", "--all")):
            ran = Ran(*words)
            assert (ran.code, ran.err.count("\n")) == (3, 1), ran.err


def test_a_token_is_never_sent_in_the_clear_to_another_host(followed, tmp_path):
    token = tmp_path / "token"
    token.write_text("swl_abc_secret\n")
    words = ("receipt", "register", "--label", "x", "--token-file", token, "--to")
    ran = Ran(*words, "http://clearinghouse.example")
    assert (ran.code, "only https addresses are called" in ran.err) == (2, True)
    unreachable = Ran(*words, "http://127.0.0.1:9")
    assert (unreachable.code, "no connection" in unreachable.err) == (3, True)
