"""Tables: the last column gives way, the others are never cut off."""

import pytest

from seawall.cli.tables import cut, print_table

ROWS = [("F-2026-000001", "E3", "a title " * 40), ("F-2026-000002", "E0", "short")]


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_ids_stay_whole_however_narrow_the_terminal_is(columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(columns))
    print_table(("finding", "level", "title"), ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [
        ["F-2026-000001", "E3"],
        ["F-2026-000002", "E0"],
    ]
    assert lines[1].rstrip().endswith("…")
    assert max(len(line.rstrip()) for line in lines) <= max(columns, 40)


@pytest.mark.parametrize(
    ("text", "room", "shown"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 5, "日本…")]
)
def test_what_is_left_out_is_marked(text, room, shown):
    assert cut(text, room) == shown
