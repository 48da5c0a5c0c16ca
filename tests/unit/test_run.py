"""``tierline run`` around a Snakemake that is not there: its command line, and what its end means."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from test_refuse import build_base, replace
from tierline import run as run_module
from tierline.paths import ROOT
from tierline.problems import InputError
from tierline.records import Complete, ToolVersion
from tierline.run import COMPLETE, run, snakemake_command, summary
from tierline.sheets import Project, load_project
from tierline.tables import read_rows

FOUND = ToolVersion("bwa", "0.7.17", "0.7.17", "/usr/bin/bwa", "align")


class Snakemake:
    """Stands in for ``subprocess.call``: keeps what it was asked, ends with ``code``, and makes what ``makes`` says."""

    def __init__(self) -> None:
        self.code = 0
        self.asked: list[list[str]] = []
        self.environment: Mapping[str, str] = {}

    def __call__(self, command: Sequence[str], env: Mapping[str, str]) -> int:
        self.asked.append(list(command))
        self.environment = env
        return self.code


@pytest.fixture
def snakemake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snakemake:
    """A valid project as working directory; every tool there, every product complete."""
    build_base(tmp_path / "run")
    fake = Snakemake()
    monkeypatch.chdir(tmp_path / "run")
    monkeypatch.setenv("TIERLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TIERLINE_TOOLS", "path")
    monkeypatch.setattr(subprocess, "call", fake)
    monkeypatch.setattr(run_module, "find_tools", lambda: [FOUND])
    monkeypatch.setattr(run_module, "verify", complete)
    return fake


def complete(expected, workdir: Path, digests: dict[str, str]) -> list[Complete]:  # type: ignore[no-untyped-def]
    assert digests.keys() == {"mini"}
    return [Complete(row.path, row.sample, row.panel, "complete", "") for row in expected]


def all_but_a_report(expected, workdir: Path, digests: dict[str, str]) -> list[Complete]:  # type: ignore[no-untyped-def]
    rows = complete(expected, workdir, digests)
    return [Complete(r.path, r.sample, r.panel, "missing", "gone") if r.path.endswith("T2.mini.html") else r for r in rows]


def test_done(snakemake: Snakemake, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("config/config.yaml", 2) == 0
    said = capsys.readouterr().out
    assert "3 samples, 2 reports (T1.mini, T2.mini)" in said
    assert "Complete. Reports:\n  results/report/T1.mini.html\n  results/report/T2.mini.html\nDashboard:" in said
    rows = list(read_rows(COMPLETE, Complete))
    assert len(rows) == 3 + 2 * (1 + 6) + 2
    assert {row.state for row in rows} == {"complete"}
    assert snakemake.environment["SNAKEMAKE_OUTPUT_CACHE"] == str(tmp_path / "cache" / "reference")
    assert (tmp_path / "cache" / "reference").is_dir()
    assert snakemake.environment["PATH"].split(os.pathsep)[0] == str(Path(sys.prefix) / "bin")


def test_incomplete_though_snakemake_was_content(
    snakemake: Snakemake, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "verify", all_but_a_report)
    assert run("config/config.yaml", 2) == 1
    said = capsys.readouterr().out
    assert "Incomplete: 1 products of T2 (1) (all in results/run/complete.tsv)" in said
    assert "  results/report/T2.mini.html: missing, gone" in said
    assert [row.path for row in read_rows(COMPLETE, Complete) if row.state != "complete"] == ["results/report/T2.mini.html"]


@pytest.mark.parametrize("verify", [complete, all_but_a_report])
def test_a_tool_failed(snakemake: Snakemake, monkeypatch: pytest.MonkeyPatch, verify) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(run_module, "verify", verify)
    snakemake.code = 1
    assert run("config/config.yaml", 2) == 3
    assert Path(COMPLETE).is_file()  # what is there is said in any case


def test_bad_input_starts_nothing(snakemake: Snakemake) -> None:
    replace(Path(), {"config/samples.tsv": {"\t0.6\t": "\t60\t"}})
    with pytest.raises(InputError):
        run("config/config.yaml", 2)
    assert snakemake.asked == []
    assert not Path("results").exists()


def test_a_missing_tool_starts_nothing(
    snakemake: Snakemake, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "find_tools", lambda: [FOUND, ToolVersion("gatk", "", "4.6", "missing", "calls")])
    assert run("config/config.yaml", 2) == 2
    assert "Tools are missing: gatk. Run 'make setup'" in capsys.readouterr().out
    assert snakemake.asked == []


@pytest.mark.parametrize("option", ["-n", "-np", "--dry-run", "--dryrun", "--unlock", "--summary"])
def test_a_dry_run_owes_nothing(snakemake: Snakemake, option: str) -> None:
    assert run("config/config.yaml", 2, [option]) == 0
    assert snakemake.asked[0][-1] == option
    assert not Path(COMPLETE).exists()
    snakemake.code = 1
    assert run("config/config.yaml", 2, [option]) == 3
    assert not Path(COMPLETE).exists()


def test_the_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIERLINE_TOOLS", "path")
    monkeypatch.setenv("TIERLINE_CACHE", str(tmp_path))
    command = snakemake_command("my/config.yaml", 7, ["--quiet", "rules"])
    assert command == [
        str(Path(sys.prefix) / "bin" / "snakemake"), "--snakefile", str(ROOT / "Snakefile"),
        "--configfile", "my/config.yaml", "--cores", "7", "--cache", "index_bwa", "--quiet", "rules",
    ]  # fmt: skip
    assert Path(command[0]).is_file() and Path(command[2]).is_file()
    monkeypatch.setenv("TIERLINE_TOOLS", "conda")
    assert snakemake_command("c.yaml", 1, [])[-4:] == [
        "--software-deployment-method", "conda", "--conda-prefix", str(tmp_path / "conda"),
    ]  # fmt: skip


def test_a_summary_of_products_of_no_sample(snakemake: Snakemake) -> None:
    project: Project = load_project("config/config.yaml")
    row = Complete("results/multiqc/multiqc.html", "", "", "empty", "the file has no content")
    first, second, last = summary(project, [row]).splitlines()
    assert first == "Incomplete: 1 products (all in results/run/complete.tsv)"
    assert second == "  results/multiqc/multiqc.html: empty, the file has no content"
    assert last.endswith("goes on from here.")
