"""Production does not start when mail would leave open, or a secret lies open."""

from pathlib import Path

import pytest

from seawall.config.safety import unsafe_ways_out

SAFE = {"smtp_host": "mail.example", "smtp_security": "starttls"}


def test_safe_ways_out_may_start(tmp_path):
    secret = tmp_path / "token"
    secret.write_text("x")
    secret.chmod(0o600)
    assert unsafe_ways_out(**SAFE, secret_files=[str(secret), ""]) == []
    local = {"smtp_host": "localhost", "smtp_security": "none"}
    assert unsafe_ways_out(**local, secret_files=[]) == []


@pytest.mark.parametrize("security", ["none", "ssl", ""])
def test_mail_does_not_leave_open(security):
    (sentence,) = unsafe_ways_out(**SAFE | {"smtp_security": security}, secret_files=[])
    assert sentence.startswith("SEAWALL_SMTP_SECURITY")


def test_a_secret_is_there_and_for_its_owner_alone(tmp_path: Path):
    secret = tmp_path / "token"
    (absent,) = unsafe_ways_out(**SAFE, secret_files=[str(secret)])
    assert "is no file" in absent
    secret.write_text("x")
    secret.chmod(0o644)
    (open_,) = unsafe_ways_out(**SAFE, secret_files=[str(secret)])
    assert "can be read by others" in open_
