"""Files of projects: the versions change, every other character stays."""

import json

import pytest

from client.test_specifiers import remedies
from osvrecords import osv
from seawall.client.apply import plan
from seawall.client.node_files import locked_affected, mend_package_json
from seawall.client.python_files import mend_pyproject, mend_requirements
from seawall.vocab.errors import BadInput

REQUIREMENTS = """\
# jinja2==3.1.4 is a comment
-r other.txt
flask==2.0\r
Jinja2 == 3.1.4  # templates # twice
jinja2==3.1.4 \\
    ; os_name == "nt"
jinja2==3.1.3 \\
    --hash=sha256:{hash}
jinja2==3.1.5"""


def test_a_requirements_file_keeps_comments_continuations_and_line_ends():
    text = REQUIREMENTS.format(hash="a" * 64)
    made, changes, refusals = mend_requirements(text, "requirements.txt", remedies())
    assert made == text.replace("2 == 3.1.4", "2 == 3.1.5").replace("2==3.1.4 \\", "2==3.1.5 \\")
    assert [(c.where, c.before, c.after, c.releases) for c in changes] == [
        ("requirements.txt:4", "==3.1.4", "==3.1.5", ("SEAWALL-2026-0001",)),
        ("requirements.txt:5", "==3.1.4", "==3.1.5", ("SEAWALL-2026-0001",)),
    ]
    assert [(r.where, r.package) for r in refusals] == [("requirements.txt:7", "jinja2")]


PYPROJECT = """\
[build-system]
requires = ["setuptools", 'jinja2>=3']  # to build
[project]
name = "jinja2==3.1.4"
dependencies = [
    "jinja2==3.1.4",   # why
    "jinja2==3.1.4; os_name == 'nt'",
    "\\u006ainja2==3.1.4",
]
[project.optional-dependencies]
web = ["jinja2==3.1.4"]
[dependency-groups]
dev = ["jinja2<4", {include-group = "x"}]
[tool.poetry.dependencies]
jinja2 = "3.1.4"
"""


def test_pyproject_changes_in_its_dependencies_and_nowhere_else():
    made, changes, refusals = mend_pyproject(PYPROJECT, "pyproject.toml", remedies())
    assert made == (
        PYPROJECT.replace('    "jinja2==3.1.4"', '    "jinja2==3.1.5"')
        .replace('    "jinja2==3.1.4; os', '    "jinja2==3.1.5; os')
        .replace('web = ["jinja2==3.1.4"]', 'web = ["jinja2==3.1.5"]')
        .replace("'jinja2>=3'", "'jinja2>=3.1.5'")
        .replace('"jinja2<4"', '"jinja2<4,>=3.1.5"')
    )
    assert [c.where for c in changes] == [
        "pyproject.toml: project.dependencies",
        "pyproject.toml: project.dependencies",
        "pyproject.toml: project.optional-dependencies.web",
        "pyproject.toml: dependency-groups.dev",
        "pyproject.toml: build-system.requires",
    ]
    assert [r.why for r in refusals] == ["it is written so that only you can change it to ==3.1.5"]


def test_what_is_no_toml_is_said():
    with pytest.raises(BadInput, match="not TOML"):
        mend_pyproject("[", "pyproject.toml", remedies())


def npm(*ids_and_fixes):
    return remedies(*(osv(i, ecosystem="npm", package="lodash", fixed=f) for i, f in ids_and_fixes))


def package_json(**dependencies):
    return json.dumps({"name": "lodash", "dependencies": dependencies}, indent=3)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("4.17.20", "4.17.21"),
        ("^4.17.20", "^4.17.21"),
        ("~4.17.1", "~4.17.21"),
        (">=4.0.0", ">=4.17.21"),
        ("=4.17.20", "=4.17.21"),
        ("3.0.0", "4.17.21"),
    ],
)
def test_package_json_is_raised_within_what_its_range_allows(before, after):
    text = package_json(lodash=before, other="4.17.20")
    made, [change], refusals = mend_package_json(text, "package.json", npm(("S-1", "4.17.21")))
    assert made == package_json(lodash=after, other="4.17.20")
    assert (change.version, refusals) == ("4.17.21", [])
    assert mend_package_json(made, "package.json", npm(("S-1", "4.17.21")))[1:] == ([], [])


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("^3.10.0", "it leaves out every fixed version (4.17.21)"),
        ("~4.16.0", "it leaves out every fixed version (4.17.21)"),
        ("^0.2.1", "it leaves out every fixed version (4.17.21)"),
        ("*", "'*' is a range of a form that is not changed here; look at it yourself"),
        ("1 || 2", "'1 || 2' is a range of a form that is not changed here; look at it yourself"),
        ("git+ssh://x/y", "'git+ssh://x/y' is an address; look at it yourself"),
        ("user/repo#main", "'user/repo#main' is an address; look at it yourself"),
    ],
)
def test_other_ranges_are_left_with_the_reason(before, why):
    text = package_json(lodash=before)
    made, changes, [refusal] = mend_package_json(text, "package.json", npm(("S-1", "4.17.21")))
    assert (made, changes, refusal.why) == (text, [], why)


def test_a_caret_below_one_holds_the_minor_version():
    found = npm(("S-1", "0.2.9"))
    assert '"^0.2.9"' in mend_package_json(package_json(lodash="^0.2.1"), "p", found)[0]
    assert mend_package_json(package_json(lodash="^0.1.1"), "p", found)[2] != []


def test_a_lock_file_is_read_and_said_but_not_changed(tmp_path):
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "x"},
            "node_modules/lodash": {"version": "4.17.20"},
            "node_modules/a/node_modules/lodash": {"version": "4.17.21"},
        },
    }
    found = npm(("S-1", "4.17.21"))
    text = json.dumps(lock)
    assert list(locked_affected(text, "l", found)) == [("lodash", "4.17.20", ("S-1",))]
    (tmp_path / "package-lock.json").write_text(text)
    (tmp_path / "package.json").write_text(package_json())
    made = plan(tmp_path, found)
    assert made.rewrites == ()
    assert made.notes == (
        "package-lock.json still holds lodash 4.17.20 (S-1): run npm update lodash, or give"
        " package.json an override",
    )


def test_a_project_is_looked_through_and_nothing_outside_of_it(tmp_path):
    project, outside = tmp_path / "p", tmp_path / "outside.txt"
    (project / "requirements").mkdir(parents=True)
    outside.write_text("jinja2==3.1.4\n")
    (project / "requirements-linked.txt").symlink_to(outside)
    for name in ("requirements.txt", "dev-requirements.txt", "requirements/base.txt"):
        (project / name).write_text("jinja2==3.1.4\n")
    (project / "notes.txt").write_text("jinja2==3.1.4\n")
    made = plan(project, remedies())
    assert [r.name for r in made.rewrites] == [
        "dev-requirements.txt",
        "requirements.txt",
        "requirements/base.txt",
    ]
    assert made.rewrites[0].diff() == (
        "--- a/dev-requirements.txt\n+++ b/dev-requirements.txt\n@@ -1 +1 @@\n"
        "-jinja2==3.1.4\n+jinja2==3.1.5\n"
    )


def test_a_project_without_any_known_file_is_no_all_clear(tmp_path):
    with pytest.raises(BadInput, match="no file that is known here"):
        plan(tmp_path, remedies())
