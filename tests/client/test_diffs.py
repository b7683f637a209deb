"""Unified diffs are applied strictly: where they fit, wholly, and below the folder."""

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.client.diffs import apply_diff
from seawall.vocab.errors import BadInput

OLD = b"one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n"


def applied(diff, **files):
    given_ = {name.replace("_", "/"): data for name, data in files.items()}
    return {r.name: r.after for r in apply_diff(diff, given_.get)}


def diff(body, old="a/f", new="b/f"):
    return f"--- {old}\n+++ {new}\n{body}".encode()


def test_lines_are_replaced_and_the_rest_stays():
    change = diff("@@ -2,3 +2,3 @@\n two\n-three\n+THREE\n four\n")
    assert applied(change, f=OLD) == {"f": OLD.replace(b"three", b"THREE")}


@pytest.mark.parametrize(("old", "new"), [("f", "f"), ("x-1.0.orig/f", "x-1.0/f"), ("x/f", "x/f")])
def test_names_are_taken_as_they_stand_or_without_their_first_folder(old, new):
    change = diff("@@ -1 +1 @@\n-old\n+new\n", old, new)
    assert applied(change, f=b"old\n") == {"f": b"new\n"}


def test_names_of_git_are_never_taken_with_their_letters():
    change = diff("@@ -1 +1 @@\n-old\n+new\n")
    with pytest.raises(BadInput, match="f is not there"):
        applied(change, a_f=b"old\n", b_f=b"old\n")


def test_a_hunk_may_stand_elsewhere_when_there_is_one_such_place():
    change = diff("@@ -2,3 +2,3 @@\n two\n-three\n+THREE\n four\n")
    assert applied(change, f=b"zero\n" + OLD)["f"] == b"zero\n" + OLD.replace(b"three", b"THREE")
    with pytest.raises(BadInput, match="several places"):
        applied(change, f=b"zero\n" + OLD + OLD)


def test_context_that_is_not_there_is_not_guessed():
    change = diff("@@ -2,3 +2,3 @@\n two\n-three\n+THREE\n four\n")
    with pytest.raises(BadInput, match="its lines are not there"):
        applied(change, f=OLD.replace(b"four", b"FOUR"))
    with pytest.raises(BadInput, match="its lines are not there"):
        applied(change, f=OLD.replace(b"\n", b"\r\n"))


def test_files_are_made_and_removed():
    assert applied(diff("@@ -0,0 +1 @@\n+new\n", old="/dev/null")) == {"f": b"new\n"}
    assert applied(diff("@@ -1 +0,0 @@\n-old\n", new="/dev/null"), f=b"old\n") == {"f": None}
    with pytest.raises(BadInput, match="there already"):
        applied(diff("@@ -0,0 +1 @@\n+new\n", old="/dev/null"), f=b"x\n")
    with pytest.raises(BadInput, match="holds more"):
        applied(diff("@@ -1 +0,0 @@\n-old\n", new="/dev/null"), f=b"old\nmore\n")


def test_the_end_without_a_newline_counts():
    change = diff("@@ -1 +1 @@\n-old\n\\ No newline at end of file\n+new\n")
    assert applied(change, f=b"old") == {"f": b"new\n"}
    with pytest.raises(BadInput, match="not there"):
        applied(change, f=b"old\n")


@pytest.mark.parametrize(
    "name",
    ["a/../f", "/etc/passwd", "a/.git/config", "a//f", "a/./f", "a/x\\f", "..", "a/..", '"a/f"'],
)
def test_names_that_lead_elsewhere_are_refused(name):
    with pytest.raises(BadInput):
        apply_diff(diff("@@ -1 +1 @@\n-old\n+new\n", old=name, new=name), lambda _: b"old\n")


@pytest.mark.parametrize(
    "header",
    ["GIT binary patch", "rename from f", "copy from f", "old mode 100644", "Binary files a and b"],
)
def test_what_is_no_change_of_text_is_refused(header):
    change = f"diff --git a/f b/f\n{header}\n".encode() + diff("@@ -1 +1 @@\n-old\n+new\n")
    with pytest.raises(BadInput, match="not applied here"):
        applied(change, f=b"old\n")


@pytest.mark.parametrize(
    "body",
    [
        "@@ -1,2 +1 @@\n-old\n+new\n",
        "@@ -1 +1,2 @@\n-old\n+new\n",
        "",
        "@@ -1 +1 @@\n-old\n\\ No newline\n\\ No newline\n+new\n",
    ],
)
def test_hunks_that_are_not_as_they_say_are_refused(body):
    with pytest.raises(BadInput):
        applied(diff(body), f=b"old\n")


def test_a_diff_that_fits_half_changes_nothing():
    two = diff("@@ -1 +1 @@\n-old\n+new\n") + diff("@@ -1 +1 @@\n-x\n+y\n", "a/g", "b/g")
    with pytest.raises(BadInput, match="g, hunk 1"):
        applied(two, f=b"old\n", g=b"z\n")
    with pytest.raises(BadInput, match="twice"):
        applied(diff("@@ -1 +1 @@\n-old\n+new\n") * 2, f=b"old\n")


LINES = st.lists(st.sampled_from(["a", "b", "c", "", "dd"]), max_size=12)


@pytest.mark.skipif(shutil.which("diff") is None, reason="diff is not installed")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(LINES, LINES, st.booleans(), st.booleans())
def test_what_diff_writes_is_applied_as_it_was_meant(tmp_path, old, new, old_ends, new_ends):
    before, after = (
        "\n".join(lines).encode() + (b"\n" if lines and ends else b"")
        for lines, ends in ((old, old_ends), (new, new_ends))
    )
    (tmp_path / "old").write_bytes(before)
    (tmp_path / "new").write_bytes(after)
    made = subprocess.run(
        ["diff", "-u", "--label", "a/f", "--label", "b/f", "old", "new"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    ).stdout
    if before == after:
        return
    assert applied(made, f=before) == {"f": after}
