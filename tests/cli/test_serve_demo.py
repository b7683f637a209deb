"""`seawall serve --demo`: the demo's state, and who can sign in there."""

import json

import pytest

from seawall.cli import serve_demo
from seawall.demo import home as demo_home


def test_without_a_demo_it_says_how_to_play_one(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        serve_demo.enter_demo(tmp_path / "nothing")
    assert ended.value.code == 3
    assert "play it first: seawall demo" in capsys.readouterr().err


def test_a_folder_that_is_no_demo_is_not_served(tmp_path):
    (tmp_path / "seawall.sqlite3").touch()
    with pytest.raises(SystemExit):
        serve_demo.enter_demo(tmp_path)


def test_the_demos_state_and_publisher_are_used(tmp_path, monkeypatch):
    import os

    monkeypatch.setattr(os, "environ", {"SEAWALL_DATABASE_URL": "postgresql://x/y", "A": "b"})
    for name in (".seawall-demo", "seawall.sqlite3"):
        (tmp_path / name).touch()
    assert serve_demo.enter_demo(tmp_path) == tmp_path
    assert os.environ == {"A": "b", "SEAWALL_HOME": str(tmp_path), **demo_home.PUBLISHER}


def test_who_can_sign_in_is_told(tmp_path, capsys):
    who = {"name": "Ada", "party": "Harbour <x@y>", "email": "ada@x.example", "password": "secret"}
    (tmp_path / "demo-people.json").write_text(json.dumps([who]))
    serve_demo.tell_people(tmp_path, "http://localhost:1")
    told = capsys.readouterr().err
    assert "http://localhost:1/sign-in" in told
    assert all(word in told for word in ("ada@x.example", "secret", "Ada, Harbour"))
    assert "x@y" not in told
