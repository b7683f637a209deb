"""Key-encryption keys: what one epoch wraps only it unwraps, for one use, unaltered."""

import os
import secrets
import sys
from dataclasses import replace

import pytest

from blobs.wrappers import end_sessions, key_file, needs_softhsm, soft_token
from seawall.blobs.key_file import KeyFile
from seawall.blobs.token_keys import TokenKeys
from seawall.blobs.wrapping import WRAPPED_BYTES, UnwrapFailed, WrapperUnusable

KEY = bytes(range(32))


@pytest.fixture(params=["key file", pytest.param("token", marks=needs_softhsm)])
def wrapper(request, tmp_path) -> KeyFile | TokenKeys:
    if request.param == "key file":
        return key_file(tmp_path)
    return soft_token(tmp_path)


def test_what_is_wrapped_unwraps(wrapper):
    wrapper.ensure(1)
    wrapped = wrapper.wrap(KEY, epoch=1, context=b"this key")
    assert len(wrapped) == WRAPPED_BYTES
    assert KEY not in wrapped
    assert wrapper.unwrap(wrapped, epoch=1, context=b"this key") == KEY


def test_two_wrappings_of_one_key_differ(wrapper):
    wrapper.ensure(1)
    assert wrapper.wrap(KEY, epoch=1, context=b"") != wrapper.wrap(KEY, epoch=1, context=b"")


def test_an_epoch_is_made_once(wrapper):
    wrapper.ensure(1)
    wrapped = wrapper.wrap(KEY, epoch=1, context=b"")
    wrapper.ensure(1)
    wrapper.ensure(2)
    assert wrapper.unwrap(wrapped, epoch=1, context=b"") == KEY


def test_another_epoch_another_use_or_altered_bytes_do_not_unwrap(wrapper):
    wrapper.ensure(1)
    wrapper.ensure(2)
    wrapped = wrapper.wrap(KEY, epoch=1, context=b"this key")
    for other in [
        {"epoch": 2},
        {"context": b"that key"},
        *({"wrapped": flip(wrapped, place)} for place in (0, 12, 30, 59)),
        {"wrapped": wrapped[:-1]},
        {"wrapped": b""},
    ]:
        with pytest.raises(UnwrapFailed):
            wrapper.unwrap(**{"wrapped": wrapped, "epoch": 1, "context": b"this key"} | other)


def test_a_destroyed_epoch_is_gone_and_the_others_stay(wrapper):
    wrapper.ensure(1)
    wrapper.ensure(2)
    old, new = (wrapper.wrap(KEY, epoch=epoch, context=b"") for epoch in (1, 2))
    wrapper.destroy(1)
    wrapper.destroy(1)
    with pytest.raises(WrapperUnusable):
        wrapper.unwrap(old, epoch=1, context=b"")
    assert wrapper.unwrap(new, epoch=2, context=b"") == KEY


def test_an_epoch_that_was_never_made_is_missed_not_made(wrapper):
    wrapper.ensure(1)
    for deed in (wrapper.wrap, wrapper.unwrap):
        with pytest.raises(WrapperUnusable, match="lacks the key"):
            deed(secrets.token_bytes(60), epoch=2, context=b"")


class TestKeyFile:
    def test_it_is_for_its_owner_alone(self, tmp_path):
        made = key_file(tmp_path)
        made.ensure(1)
        assert made.path.stat().st_mode & 0o777 == 0o600
        assert made.path.parent.stat().st_mode & 0o777 == 0o700
        assert [each.name for each in made.path.parent.iterdir()] == ["sealing.key"]

    def test_one_that_others_can_read_is_refused(self, tmp_path):
        made = key_file(tmp_path)
        made.ensure(1)
        made.path.chmod(0o640)
        for deed in (lambda: made.wrap(KEY, epoch=1, context=b""), lambda: made.ensure(2)):
            with pytest.raises(WrapperUnusable, match="can be read by others"):
                deed()

    @pytest.mark.parametrize(
        "text", [b"", b"garbage", b"\xff", b"seawall key-encryption keys 1\n1 00ff\n"]
    )
    def test_another_file_is_refused(self, tmp_path, text):
        made = key_file(tmp_path)
        made.ensure(1)
        made.path.write_bytes(text)
        with pytest.raises(WrapperUnusable, match="is no key file"):
            made.wrap(KEY, epoch=1, context=b"")

    def test_one_that_is_lost_is_not_made_anew_when_it_is_needed(self, tmp_path):
        made = key_file(tmp_path)
        made.ensure(1)
        wrapped = made.wrap(KEY, epoch=1, context=b"")
        made.path.unlink()
        with pytest.raises(WrapperUnusable, match="Restore the key file"):
            made.unwrap(wrapped, epoch=1, context=b"")
        assert not made.path.exists()

    def test_a_destroyed_key_is_overwritten_where_it_lay(self, tmp_path):
        made = key_file(tmp_path)
        made.ensure(1)
        made.ensure(2)
        os.link(made.path, tmp_path / "its old blocks")
        made.destroy(1)
        assert set((tmp_path / "its old blocks").read_bytes()) == {0}
        assert made.path.read_text().splitlines()[1].startswith("2 ")

    def test_a_disk_that_fails_leaves_the_keys_as_they_were(self, tmp_path, monkeypatch):
        made = key_file(tmp_path)
        made.ensure(1)
        before = made.path.read_bytes()

        def broken(handle):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", broken)
        with pytest.raises(OSError, match="No space left"):
            made.ensure(2)
        assert made.path.read_bytes() == before
        assert [each.name for each in made.path.parent.iterdir()] == ["sealing.key"]


@needs_softhsm
class TestTokenKeys:
    @pytest.fixture
    def token(self, tmp_path) -> TokenKeys:
        return soft_token(tmp_path)

    def test_its_keys_cannot_be_taken_out(self, token):
        import pkcs11

        token.ensure(1)
        with token._session() as (module, session):
            held = token._key(module, session, 1)
            assert held[pkcs11.Attribute.SENSITIVE]
            assert not held[pkcs11.Attribute.EXTRACTABLE]
            with pytest.raises(pkcs11.PKCS11Error):
                _ = held[pkcs11.Attribute.VALUE]

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"pin": "wrong"}, "PinIncorrect"),
            ({"mode": 0o644}, "can be read by others"),
            ({"token": "absent"}, "NoSuchToken"),
        ],
    )
    def test_what_keeps_it_from_opening_is_said(self, token, change, says):
        token.pin_file.write_text(change.get("pin", "1234"))
        token.pin_file.chmod(change.get("mode", 0o600))
        other = replace(token, token=change.get("token", token.token))
        end_sessions()
        with pytest.raises(WrapperUnusable, match=says):
            other.ensure(1)

    def test_a_missing_pin_file_is_said(self, token):
        token.pin_file.unlink()
        end_sessions()
        with pytest.raises(WrapperUnusable, match="cannot be read"):
            token.ensure(1)

    def test_a_forked_process_opens_a_session_of_its_own(self, token):
        token.ensure(1)
        wrapped = token.wrap(KEY, epoch=1, context=b"")
        child = os.fork()
        if not child:
            right = False
            try:
                right = token.unwrap(wrapped, epoch=1, context=b"") == KEY
            finally:
                os._exit(0 if right else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert token.unwrap(wrapped, epoch=1, context=b"") == KEY

    def test_without_the_library_the_extra_is_named(self, token, monkeypatch):
        monkeypatch.setitem(sys.modules, "pkcs11", None)
        with pytest.raises(WrapperUnusable, match=r"seawall\[pkcs11\]"):
            token.ensure(1)


def flip(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
