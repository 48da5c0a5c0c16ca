"""``tierline run`` itself: it refuses with exit code 2 before any job, and leaves the folder as it was."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import tierline
from test_refuse import as_nobody, break_base, build_base, expected_lines, open_folder, says, snapshot
from tierline import run as run_module
from tierline import runfolder
from tierline.check import run_check
from tierline.problems import InputError
from tierline.records import MadeBy
from tierline.runfolder import MADE_BY, folder_problems, note_owner
from tierline.sheets import load_project
from tierline.tables import read_rows, write_rows

__all__ = ["open_folder"]

COMMAND = Path(sys.executable).with_name("tierline")
BY_COMMAND = ("many_faults_at_once", "fastq_swapped", "panel_doubled_key", "bed_many_faults", "path_with_shell_characters")


def refused(run: Path, *words: str) -> list[str]:
    """The problems that a command tells; it must end with code 2 and leave the folder as it was."""
    before = snapshot(run)
    done = subprocess.run([COMMAND, *words], cwd=run, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert snapshot(run) == before, "the run folder was changed"
    assert done.stdout == "" and "Traceback" not in done.stderr
    head, *lines = done.stderr.splitlines()
    assert head == f"{len(lines)} problem(s) in the input:"
    return lines


@pytest.mark.parametrize("name", BY_COMMAND)
def test_the_command_refuses(name: str, tmp_path: Path) -> None:
    break_base(tmp_path / "run", name)
    said, expected = refused(tmp_path / "run", "run", "--cores", "1"), expected_lines(name)
    assert len(said) == len(expected)
    assert all(any(says(problem, line) for problem in said) for line in expected)


def test_a_dry_run_is_refused_too(tmp_path: Path) -> None:
    break_base(tmp_path / "run", "purity_in_percent")
    assert len(refused(tmp_path / "run", "run", "--dry-run")) == 1


# --------------------------------------------------------------------------- the folder of the run


@pytest.fixture
def run(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The valid base; no Snakemake may start in it."""

    def no_job(*words: object, **options: object) -> int:
        raise AssertionError("a job was started")

    folder = open_folder / "run"
    build_base(folder)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(run_module.subprocess, "call", no_job)
    yield folder


def refusal(run: Path) -> list[str]:
    """What ``tierline run`` says before it ends, in this process."""
    before = snapshot(run)
    with pytest.raises(InputError) as error:
        run_module.run("config/config.yaml", 1)
    assert snapshot(run) == before, "the run folder was changed"
    assert all(problem.remedy for problem in error.value.problems)
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("tierline", "0.0.9", f"another version of Tierline; this run has '{tierline.__version__}' (found '0.0.9')"),
        ("config", "config/other.yaml", "another config file; this run has 'config/config.yaml'"),
        ("build", "GRCh37", "another genome build; this run has 'mini' (found 'GRCh37')"),
    ],
)
def test_results_of_another_run(run: Path, column: str, value: str, words: str) -> None:
    project = load_project("config/config.yaml", run)
    note_owner(project)
    assert folder_problems(project) == []
    [own] = read_rows(run / MADE_BY, MadeBy)
    assert own == MadeBy(tierline.__version__, "config/config.yaml", "mini")
    cells = {"tierline": own.tierline, "config": own.config, "build": own.build} | {column: value}
    write_rows(run / MADE_BY, MadeBy, [MadeBy(**cells)])
    [said] = refusal(run)
    assert f"results/run/made_by.tsv, row 2, column {column}: results/ was made with {words}" in said
    assert "To go on here, delete results/run/made_by.tsv" in said
    assert any(row.what == "run folder" and row.state == "problem" for row in run_check("config/config.yaml", run))
    (run / MADE_BY).unlink()
    assert folder_problems(project) == []


def test_results_may_be_moved_with_their_config(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note_owner(load_project("config/config.yaml", run))
    moved = run.rename(run.with_name("moved"))
    monkeypatch.chdir(moved)
    assert folder_problems(load_project("config/config.yaml", moved)) == []


def test_a_note_that_cannot_be_read(run: Path) -> None:
    (run / MADE_BY).parent.mkdir(parents=True)
    (run / MADE_BY).write_text("tierline\tconfig\n0.1.0\tx\n")
    assert "column build: the column is missing" in refusal(run)[0]


def test_bare_snakemake_refuses_the_results_of_another_run(run: Path) -> None:
    write_rows(run / MADE_BY, MadeBy, [MadeBy("0.0.9", "config/config.yaml", "mini")])
    command = [COMMAND.with_name("snakemake"), "--snakefile", runfolder.ROOT / "Snakefile", "--dry-run", "--cores", "1"]
    done = subprocess.run(command, cwd=run, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "another version of Tierline" in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["my run", "run{1}", "run$(date)", "run's", "run;ls"])
def test_a_path_that_tools_take_apart(run: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = run.rename(run.with_name(name))
    monkeypatch.chdir(moved)
    assert any("the path of the run directory holds a character that tools take apart" in line for line in refusal(moved))


def test_a_folder_in_which_nothing_can_be_written(run: Path) -> None:
    with as_nobody():  # the folder is the superuser's, or ours without the right to write
        run.chmod(0o555) if os.geteuid() == run.stat().st_uid else None
        said = refusal(run)
        rows = run_check("config/config.yaml", run)
    run.chmod(0o755)
    assert said == [f"{run}: you cannot write here. Choose another run directory, or ask for the right."]
    assert [row.detail for row in rows if row.state == "problem" and row.what == "run folder"] == said


def test_a_full_disk(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    least = runfolder.least_disk(load_project("config/config.yaml", run))
    usage = type("Usage", (), {"free": least - 1})
    monkeypatch.setattr(runfolder.shutil, "disk_usage", lambda path: usage)
    [said] = refusal(run)
    assert re.search(r"the disk has \d+ MB free, a run needs \d+ MB", said)
    assert any(row.what == "run folder" and row.state == "problem" for row in run_check("config/config.yaml", run))
    usage.free = least
    assert folder_problems(load_project("config/config.yaml", run)) == []
    assert any(row.what == "disk" and row.state == "warn" for row in run_check("config/config.yaml", run))


def test_a_small_file_system(run: Path, tmp_path: Path) -> None:
    """The same on a file system of 64 KB, where one may be mounted."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", place]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        for name in ("config", "reads", "reference"):
            (place / name).symlink_to(run / name)
        lines = refused(place, "run")
    finally:
        subprocess.run(["umount", place], check=True)
    assert len(lines) == 1 and "the disk has 0 MB free, a run needs 1 MB" in lines[0]


def test_aligned_samples_need_no_more_room(run: Path) -> None:
    project = load_project("config/config.yaml", run)
    before = runfolder.least_disk(project)
    (run / "results/align").mkdir(parents=True)
    (run / "results/align/T1.bam").write_text("x")
    reads = sum((run / f"reads/T1_R{mate}.fastq.gz").stat().st_size for mate in (1, 2))
    assert before - runfolder.least_disk(project) == runfolder.LEAST_DISK * reads


def test_reads_of_the_future(run: Path) -> None:
    project = load_project("config/config.yaml", run)
    name = project.units[0].fq2
    os.utime(run / name, (4e9, 4e9))
    [problem] = folder_problems(load_project("config/config.yaml", run))
    assert (problem.file, problem.column, problem.value) == ("config/units.tsv", "fq2", name)
    assert re.fullmatch(r"the file is dated 2096-10-0\d \d\d:\d6:40, which is yet to come", problem.message)
    os.utime(run / name)
    assert folder_problems(load_project("config/config.yaml", run)) == []


def test_results_of_the_future_get_the_date_of_now_and_no_other_does(run: Path) -> None:
    (run / "results/align").mkdir(parents=True)
    for name, dated in (("old.bam", 1e9), ("new.bam", 4e9), ("newer.bam", 5e9)):
        (run / "results/align" / name).touch()
        os.utime(run / "results/align" / name, (dated, dated))
    (run / "results/genome.fa").symlink_to("nowhere")
    assert runfolder.bring_dates_back(run) == 2
    dates = {path.name: path.stat().st_mtime for path in (run / "results/align").iterdir()}
    assert dates["old.bam"] == 1e9
    assert dates["new.bam"] == dates["newer.bam"] and abs(dates["new.bam"] - time.time()) < 60
    assert runfolder.bring_dates_back(run) == 0
