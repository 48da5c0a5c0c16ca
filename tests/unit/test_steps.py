"""Scripts of rules: their words are in their log, and their exit code says whose fault it was."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tierline.problems import InputError, Problem
from tierline.steps import logged


def test_what_is_printed_is_logged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "step.log"
    with logged(str(log)):
        print("3 rows")
        print("a warning", file=sys.stderr)
    assert log.read_text() == "3 rows\na warning\n"
    assert capfd.readouterr() == ("", "")
    print("after")
    assert capfd.readouterr().out == "after\n"


def test_bad_input_ends_with_2_and_without_traceback(tmp_path: Path) -> None:
    log = tmp_path / "step.log"
    with pytest.raises(SystemExit) as end, logged(str(log)):
        print("looking")
        raise InputError([Problem("x.tsv", 2, "a", "b", "odd", "Write c."), Problem("y.tsv", None, "", "", "gone", "")])
    assert end.value.code == 2
    assert log.read_text() == "looking\nx.tsv, row 2, column a: odd (found 'b'). Write c.\ny.tsv: gone.\n"


def test_any_other_failure_ends_with_3_and_its_traceback(tmp_path: Path) -> None:
    log = tmp_path / "step.log"
    with pytest.raises(SystemExit) as end, logged(str(log)):
        os.stat(tmp_path / "nowhere")
    assert end.value.code == 3
    text = log.read_text()
    assert text.startswith("Traceback")
    assert "test_steps.py" in text
    assert text.rstrip().endswith(f"No such file or directory: '{tmp_path / 'nowhere'}'")
