"""The home folder and its secret."""

from pathlib import Path

import pytest

from seawall.config.home import home_path, is_private, make_home, secret_text


def test_the_home_is_where_the_variable_says(monkeypatch, tmp_path):
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "here"))
    assert home_path() == tmp_path / "here"


@pytest.mark.parametrize(
    ("xdg", "expected"), [("", "/home/ann/.local/share/seawall"), ("/data", "/data/seawall")]
)
def test_without_it_the_home_follows_the_xdg_folders(monkeypatch, xdg, expected):
    monkeypatch.delenv("SEAWALL_HOME")
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("XDG_DATA_HOME", xdg)
    assert home_path() == Path(expected)


def test_a_new_home_is_private(tmp_path):
    home = make_home(tmp_path / "a" / "b")
    assert is_private(home)
    assert make_home(home) == home


def test_the_secret_is_made_once_long_and_private(tmp_path):
    path = tmp_path / "secret.key"
    secret = secret_text(path)
    assert len(secret) >= 50
    assert secret_text(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["secret.key"]


def test_two_that_start_at_once_get_one_secret(tmp_path, monkeypatch):
    path = tmp_path / "secret.key"

    def other_is_first(*_):
        path.write_text("the other's secret")
        raise FileExistsError

    monkeypatch.setattr("os.link", other_is_first)
    assert secret_text(path) == "the other's secret"
    assert [p.name for p in tmp_path.iterdir()] == ["secret.key"]
