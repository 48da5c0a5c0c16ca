"""The digest of a rule's code: it changes with what the rule runs, and with nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tierline import codedigest
from tierline.codedigest import code_digest, code_files
from tierline.paths import ROOT

SCRIPTS = ROOT / "workflow" / "scripts"
FILES = {
    "stage_do.py": '"""A stage."""\n\nfrom tierline.direct import work\nfrom tierline import beside\n\nwork(1)\n',
    "tierline/__init__.py": "",
    "tierline/direct.py": "from tierline import deep\nfrom tierline.found import pick\ndef work(x):\n    return x\n",
    "tierline/beside.py": "VALUE = 1\n",
    "tierline/deep.py": "def later():\n    from tierline.late import y\n    return y\n",
    "tierline/late.py": "y = 2\n",
    "tierline/found/__init__.py": "def pick():\n    return 1\n",
    "tierline/found/one.py": "ONE = 1\n",
    "tierline/found/page.html": "<p>one</p>\n",
    "tierline/apart.py": "import tierline.direct\n",
}


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(codedigest, "PACKAGE", tmp_path / "tierline")
    return tmp_path


def digest(scripts: Path) -> str:
    codedigest._read.cache_clear()  # Snakemake reads each file once; here they change
    return code_digest(scripts / "stage_do.py")


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(scripts: Path) -> None:
        text = (scripts / name).read_text()
        assert old in text
        (scripts / name).write_text(text.replace(old, new))

    return change


def add(name: str, text: str) -> Callable[[Path], None]:
    return lambda scripts: (scripts / name).write_text(text) and None


def test_what_a_script_reaches(scripts: Path) -> None:
    reached = {str(path.relative_to(scripts)) for path in code_files(scripts / "stage_do.py")}
    assert reached == FILES.keys() - {"tierline/__init__.py", "tierline/apart.py"}


@pytest.mark.parametrize(
    "change",
    [
        edit("stage_do.py", "work(1)", "work(2)"),
        edit("tierline/direct.py", "return x", "return x + 1"),
        edit("tierline/beside.py", "VALUE = 1", "VALUE = 2"),
        edit("tierline/late.py", "y = 2", "y = 3"),  # imported inside a function of an imported module
        edit("tierline/found/one.py", "ONE = 1", "ONE = 2"),  # found by its name, imported by nobody
        edit("tierline/found/page.html", "one", "two"),
        add("tierline/found/two.py", "TWO = 2\n"),
    ],
)
def test_what_changes_the_digest(scripts: Path, change: Callable[[Path], None]) -> None:
    before = digest(scripts)
    change(scripts)
    assert digest(scripts) != before


@pytest.mark.parametrize(
    "change",
    [
        edit("stage_do.py", "A stage.", "Another docstring."),
        edit("stage_do.py", "work(1)", "# why\nwork( 1 )  # so"),
        edit("tierline/direct.py", "    return x", '    """What it does."""\n\n    return x'),
        edit("tierline/apart.py", "import", "import os\nimport"),  # not imported by the script
        add("tierline/new.py", "NEW = 1\n"),
    ],
)
def test_what_does_not_change_the_digest(scripts: Path, change: Callable[[Path], None]) -> None:
    before = digest(scripts)
    change(scripts)
    assert digest(scripts) == before


def test_the_digest_is_the_same_in_every_process() -> None:
    """Two packages of one run have an ``__init__.py``: their order must not be that of a set."""
    names = sorted(path.name for path in SCRIPTS.glob("*.py"))
    assert len(names) >= 8
    code = "import sys; from tierline.codedigest import code_digest; print(*map(code_digest, sys.argv[1:]))"
    found = {
        subprocess.run(
            [sys.executable, "-c", code, *(str(SCRIPTS / name) for name in names)],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2", "3", "4")
    }  # fmt: skip
    assert len(found) == 1
    assert len(set(found.pop().split())) == len(names)


@pytest.mark.parametrize(
    ("script", "member", "stranger"),
    [
        ("consensus_merge.py", "callers/mutect2.py", "report/__init__.py"),
        ("report_render.py", "report/templates/report.html", "callers/mutect2.py"),
        ("interpret_case.py", "knowledge/curated.py", "report/templates/report.html"),
    ],
)
def test_scripts_of_ours(script: str, member: str, stranger: str) -> None:
    reached = {str(path.relative_to(codedigest.PACKAGE)) for path in code_files(SCRIPTS / script) - {SCRIPTS / script}}
    assert member in reached
    assert stranger not in reached
