"""Values: filled afresh for each run, archives built on the host."""

import base64
import io
import random
import tarfile
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from seawall.proofs.placeholders import draw_secrets, fill, fill_bytes, named_in
from seawall.proofs.values import ValueReader, fill_value
from seawall.vocab.evidence import Runtime

VALUES = draw_secrets(random.Random(1)).placeholders()


def filled(value: object, **files: bytes) -> object:
    return fill_value(ValueReader(Runtime.PYTHON, files).check(value, "step"), VALUES, files)


def test_two_runs_share_no_value() -> None:
    rng = random.Random(7)
    first, second = draw_secrets(rng), draw_secrets(rng)
    for name in ("token", "command", "canary", "secret", "effect", "secret_content", "key"):
        assert getattr(first, name) != getattr(second, name)


def test_placeholders_are_filled_and_doubled_braces_are_literal() -> None:
    assert fill("{command} {{command}} {other} {{x}}", VALUES) == (
        f"{VALUES['command']} {{command}} {{other}} {{{{x}}}}"
    )
    assert fill_bytes(b"{token}", VALUES) == VALUES["token"].encode()
    assert named_in("{url} {{token}} {nothing}") == {"url"}


def test_what_a_run_keeps_to_itself_is_no_placeholder() -> None:
    assert {"effect", "secret_content", "key", "effect_path"}.isdisjoint(VALUES)


def test_text_files_and_utf8_are_filled_and_bytes_are_not() -> None:
    assert filled({"text": "t"}, t=b"run {command}") == f"run {VALUES['command']}"
    assert filled({"file": "t"}, t=b"{command}") == {
        "bytes": base64.b64encode(b"{command}").decode()
    }
    assert filled({"utf8": "{token}"}) == {
        "bytes": base64.b64encode(VALUES["token"].encode()).decode()
    }


def test_archives_are_built_with_the_runs_paths() -> None:
    made = filled({"zip": [["{canary}", "text"]]})
    assert isinstance(made, dict)
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(made["bytes"]))) as archive:
        assert archive.read(VALUES["canary"]) == b"text"
    made = filled({"tar": [{"name": "a", "link": "/"}, ["a{canary}", {"bytes": "eA=="}]]})
    assert isinstance(made, dict)
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(made["bytes"]))) as archive:
        link, file = archive.getmembers()
    assert (link.issym(), link.linkname) == (True, "/")
    assert file.name == f"a{VALUES['canary']}"


PLAIN = st.recursive(
    st.none().map(lambda _: {"none": True}) | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5), inner, min_size=2, max_size=4)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_any_plain_value_can_be_said(value: object) -> None:
    ValueReader(Runtime.PYTHON, {}).check(value, "step")
    assert filled(value) is not ValueReader
