"""The ``tierline`` command: help that works as printed, exit codes, and a user's fault told without a traceback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from test_refuse import build_base, replace
from tierline import cli
from tierline import run as run_module
from tierline.cli import app, available_cores
from tierline.cluster import Cluster
from tierline.records import Complete, ToolVersion
from typer.testing import CliRunner

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
COMMAND = Path(sys.executable).with_name("tierline")


def say(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    return done.exit_code, done.output


def test_the_commands() -> None:
    assert {"run", "check", "status", "tools", "demo"} <= COMMANDS.keys()
    code, text = say("--help")
    assert code == 0
    assert "Exit codes: 0 done, 1 incomplete, 2 bad input, 3 a tool failed." in " ".join(text.split())
    for name in COMMANDS:
        assert re.search(rf"^\W*{name}\b", text, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example_that_is_understood(name: str) -> None:
    code, text = say(name, "--help")
    assert code == 0
    [example] = re.findall(r"Example: tierline (.+?)\s*$", text, re.MULTILINE)
    words = example.split()
    assert words[0] == name
    COMMANDS[name].make_context(name, words[1:])  # raises for an option that is not there


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    build_base(tmp_path / "run")
    monkeypatch.chdir(tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.parametrize("name", ["run", "status"])
def test_bad_input_is_told_in_words(
    project: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(project, {"config/samples.tsv": {"\t0.6\t": "\t60\t", "\tMEL\t": "\tMELLL\t"}})
    monkeypatch.setattr(sys, "argv", ["tierline", name])
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = capsys.readouterr()
    assert (end.value.code, said.out) == (2, "")
    lines = said.err.splitlines()
    assert lines[0] == "2 problem(s) in the input:"
    assert sorted(re.findall(r"column (\w+):", said.err)) == ["purity", "tumor_type"]
    assert len(lines) == 3
    assert not (project / "results").exists()


def test_a_missing_config_is_told_in_words(tmp_path: Path) -> None:
    done = subprocess.run([COMMAND, "run", "-c", "nowhere.yaml"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert "nowhere.yaml" in done.stderr and "Traceback" not in done.stderr


def test_unknown_command_and_option() -> None:
    assert say("walk")[0] == 2
    assert say("status", "--fast")[0] == 2
    assert say("run", "--adopt", "perhaps")[0] == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run"], ("config/config.yaml", 5, [], "auto", False, "", "", False)),
        (["run", "--cores", "3"], ("config/config.yaml", 3, [], "auto", False, "", "", False)),
        (["run", "-c", "a.yaml", "--dry-run"], ("a.yaml", 5, ["--dry-run"], "auto", False, "", "", False)),
        (["run", "--configfile", "a.yaml", "--until", "x"], ("a.yaml", 5, ["--until", "x"], "auto", False, "", "", False)),
        (["run", "--quiet", "--forceall"], ("config/config.yaml", 5, ["--forceall"], "quiet", False, "", "", False)),
        (["run", "--json", "--take-over"], ("config/config.yaml", 5, [], "json", True, "", "", False)),
        (
            ["run", "--profile", "slurm", "--adopt", "wait", "--jobs", "5"],
            ("config/config.yaml", 5, ["--jobs", "5"], "auto", False, "slurm", "wait", False),
        ),
        (["run", "--profile", "slurm", "--yes"], ("config/config.yaml", 5, [], "auto", False, "slurm", "", True)),
    ],
)
def test_run_hands_on_what_is_snakemakes(
    monkeypatch: pytest.MonkeyPatch, words: list[str], expected: tuple[str, int, list[str], str, bool, str, str, bool]
) -> None:
    asked: list[tuple[str, int, list[str], str, bool, str, str, bool]] = []

    def fake(
        configfile: str,
        cores: int,
        options: list[str],
        *,
        show: str,
        take_over: bool,
        cluster: Cluster | None,
        adopt: str,
        yes: bool,
    ) -> int:
        asked.append((configfile, cores, options, show, take_over, cluster.name if cluster else "", adopt, yes))
        return 3

    monkeypatch.setattr(run_module, "run", fake)
    monkeypatch.setattr(cli, "available_cores", lambda: 5)
    assert say(*words)[0] == 3
    assert asked == [expected]


@pytest.mark.parametrize(
    ("state", "code", "words"), [("complete", 0, "Complete. Dashboard:"), ("empty", 1, "a.bam: empty, why")]
)
def test_status(project: Path, monkeypatch: pytest.MonkeyPatch, state: str, code: int, words: str) -> None:
    monkeypatch.setattr(run_module, "completeness", lambda project: [Complete("a.bam", "T1", "", state, "why")])
    found, text = say("status")
    assert (found, words in text) == (code, True)


def test_status_before_the_first_run_names_everything(project: Path) -> None:
    code, text = say("status")
    assert code == 1
    assert "Incomplete: 39 products (results/run/complete.tsv)" in text
    for sample, more in (("T1", " (and 16 more)"), ("N1", ""), ("T2", " (and 16 more)")):
        said = rf"^{sample} +incomplete +results/align/{sample}.bam: missing, the file is not there{re.escape(more)}$"
        assert re.search(said, text, re.MULTILINE), text


@pytest.mark.parametrize(("found", "code"), [("/usr/bin/bwa", 0), ("missing", 2)])
def test_tools(monkeypatch: pytest.MonkeyPatch, found: str, code: int) -> None:
    from tierline import tools

    monkeypatch.setattr(tools, "find_tools", lambda: [ToolVersion("bwa", "0.7.17", "0.7.17", found, "align")])
    seen, text = say("tools")
    assert (seen, "bwa" in text, found in text) == (code, True, True)


def test_the_demo_runs_in_its_folder_and_says_what_to_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Path]] = []

    def fake(configfile: str, cores: int) -> int:
        asked.append((configfile, Path.cwd()))
        return 0

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx1g")
    monkeypatch.setattr(run_module, "run", fake)
    code, text = say("demo", "--folder", "deep/demo", "--cores", "1")
    [(configfile, folder)] = asked
    assert (code, folder, Path(configfile).is_file()) == (0, tmp_path / "deep" / "demo", True)
    assert re.search(r"Open first: \S*/deep/demo/results/report/\S+\.html", text)
    assert os.environ["JAVA_TOOL_OPTIONS"] == "-Xmx1g"  # the user's own stands


def test_available_cores() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
