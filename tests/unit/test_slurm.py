"""What Slurm says in words, jobs of earlier runs, the profile, the watchdog; with stand-ins for Slurm's commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from snakemake_executor_plugin_tierline_slurm import Executor
from tierline import cluster as cluster_module
from tierline import slurm
from tierline.cluster import held, launch, load_cluster
from tierline.paths import ROOT
from tierline.problems import InputError
from tierline.progress import EVENTS, Progress, line
from tierline.run import failures, snakemake_command
from tierline.slurm import SlurmJob

JOB = SlurmJob("7", "FAILED", "n1", "", "1:00:00", "8G")


# --------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("state", "log", "words"),
    [
        # 7.9 GiB are 8,482,560,410 bytes; 8 GiB are 8,589,934,592
        ("FAILED", "StepId=1.0 exceeded memory limit (8482560410 > 8589934592), bei", "out of memory at 7.9 of 8.0 GiB"),
        ("FAILED", "exceeded memory limit (672325632 > 419430400)", "out of memory at 0.63 of 0.39 GiB"),
        ("OUT_OF_MEMORY", "", "out of memory: it had 8G"),
        ("FAILED", "slurmstepd: error: Detected 1 oom-kill event(s) in step 7.batch", "out of memory: it had 8G"),
        ("TIMEOUT", "JOB 9 ON n2 CANCELLED AT 2026-11-26T00:59:21 DUE TO TIME LIMIT", "over its time limit of 1:00:00"),
        ("NODE_FAIL", "", "its node failed"),
        ("CANCELLED", "", "cancelled in Slurm"),
        ("GONE", "", "gone from Slurm without a record of its end"),
        ("FAILED", "[E::bwa] fail to locate the index files", ""),
    ],
)  # fmt: skip
def test_why_a_job_ended(state: str, log: str, words: str) -> None:
    job = SlurmJob("7", state, "n1", "", "1:00:00", "8G")
    assert slurm.reason(job, log) == words


def test_lines_of_squeue_and_of_sacct() -> None:
    squeue = (
        "12|RUNNING|n1|None|10:00|400M|run_1|rule_work_wildcards_a|/data/run\n13|PENDING||Resources|1:00|2G|x||/data/run\n"
    )
    assert slurm.parse(squeue) == {
        "12": SlurmJob("12", "RUNNING", "n1", "", "10:00", "400M", "run_1", "rule_work_wildcards_a", "/data/run"),
        "13": SlurmJob("13", "PENDING", "", "Resources", "1:00", "2G", "x", "", "/data/run"),
    }
    sacct = "14|CANCELLED by 0|None assigned|None|00:10:00|400M|run_1|a|b|/data/run\n"
    assert slurm.parse(sacct)["14"] == SlurmJob("14", "CANCELLED", "", "", "00:10:00", "400M", "run_1", "a|b", "/data/run")
    assert slurm.parse("slurm_load_jobs error: Unable to contact slurm controller\n") == {}


@pytest.mark.parametrize(
    ("message", "away"),
    [
        ("sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)", True),
        ("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation", True),
        ("sbatch: error: Batch job submission failed: Requested node configuration is not available", False),
        ("sbatch: error: invalid partition specified: nowhere", False),
    ],
)
def test_a_slurm_that_is_away_is_told_from_one_that_refuses(message: str, away: bool) -> None:
    assert slurm.is_away(message) is away


LOG = """\
[Thu Nov 26 00:54:14 2026]
Finished jobid: 1 (Rule: learn_orientation)
[Thu Nov 26 00:54:16 2026]
Error in rule merge_calls:
    message: None
    jobid: 2
    input: results/calls/T1.mutect2.vcf.gz
    output: results/consensus/T1.vcf.gz, results/consensus/T1.vcf.gz.tbi
    log: logs/merge_calls/T1.log (check log file(s) for error details)
    shell:

        produce logs/merge_calls/T1.log
"""


def test_the_step_of_a_group_that_failed_is_known_by_its_outputs() -> None:
    assert slurm.faulty_outputs(LOG) == {"results/consensus/T1.vcf.gz", "results/consensus/T1.vcf.gz.tbi"}
    assert slurm.faulty_outputs("srun: error: n1: task 0: Killed\n") == set()


# --------------------------------------------------------------------------- what the run tells


def begun(number: int, rule: str, output: str) -> dict[str, object]:
    return {"time": 1000.0, "event": "job_info", "jobid": number, "rule_name": rule, "wildcards": {"tumor": "T1"},
            "log": [f"logs/{rule}.log"], "output": [output], "reason": ""}  # fmt: skip


def lost(numbers: list[int], *, number: str = "7", why: str = "", faulty: tuple[str, ...] = ()) -> dict[str, object]:
    return {"time": 1001.0, "event": "slurm_failed", "jobs": numbers, "number": number, "state": "FAILED", "node": "n1",
            "why": why, "faulty": list(faulty)}  # fmt: skip


def ended(number: int, rule: str) -> dict[str, object]:
    return {"time": 1002.0, "event": "job_error", "jobid": number, "rule_name": rule, "log": []}


def told(events: list[dict[str, object]], folder: Path) -> list[tuple[str, str, str]]:
    progress = Progress()
    for event in events:
        progress.add(event)
    return [(row.rule, row.words, row.node) for row in failures(progress, folder)]


def test_of_a_group_only_the_step_that_failed_is_told(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/merge_calls.log").write_text("OSError: the VCF is cut\n")
    steps = [begun(1, "learn_orientation", "a"), begun(2, "merge_calls", "b"), begun(3, "annotate_calls", "c")]
    ends = [ended(1, "learn_orientation"), ended(2, "merge_calls"), ended(3, "annotate_calls")]
    assert told([*steps, lost([1, 2, 3], faulty=("b",)), *ends], tmp_path) == [
        ("merge_calls", "OSError: the VCF is cut", "n1")
    ]
    # Slurm killed it, and its log names no step: the one that had begun and has not made its output
    (tmp_path / "logs/learn_orientation.log").write_text("done\n")
    (tmp_path / "a").write_text("made")
    assert told([*steps, lost([1, 2, 3], why="out of memory at 7.9 of 8.0 GiB"), *ends], tmp_path) == [
        ("merge_calls", "out of memory at 7.9 of 8.0 GiB", "n1")
    ]


def test_an_attempt_that_is_not_taken_does_not_hide_why_the_one_before_failed(tmp_path: Path) -> None:
    first = [begun(1, "call", "a"), lost([1], why="out of memory at 7.9 of 8.0 GiB"), ended(1, "call")]
    second = [begun(1, "call", "a"), lost([1], number="", why="not submitted: too much memory"), ended(1, "call")]
    assert told(first + second, tmp_path) == [
        ("call", "out of memory at 7.9 of 8.0 GiB; then not submitted: too much memory", "n1")
    ]


def test_jobs_that_wait_in_the_queue_are_told() -> None:
    progress = Progress()
    for event in (
        {"time": 1.0, "event": "slurm_queue", "waiting": 12},
        {"time": 2.0, "event": "slurm_queue", "waiting": 3},
    ):
        progress.add(event)
    assert "3 jobs in the queue" in line(progress, 1, {})


# --------------------------------------------------------------------------- exit records, jobs of earlier runs


@pytest.mark.parametrize("code", [0, 3])
def test_a_job_writes_down_how_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.chdir(tmp_path)
    slurm.FOLDER.mkdir(parents=True)
    assert slurm.record("41") is None
    submitted = f'SLURM_JOB_ID=41 sh -c "{slurm.recording(f"sh -c {chr(39)}exit {code}{chr(39)}")}"'  # as sbatch is called
    assert subprocess.run(submitted, shell=True, check=False).returncode == code
    assert slurm.record("41") == code


RUNNING, LOST = replace(JOB, state="RUNNING"), replace(JOB, state="NODE_FAIL")


@pytest.mark.parametrize(
    ("said", "forgotten", "code", "believed"),
    [
        (RUNNING, False, None, ["RUNNING", "RUNNING", "RUNNING", "RUNNING"]),
        (LOST, False, None, ["NODE_FAIL"]),
        (JOB, False, 1, ["FAILED"]),
        (RUNNING, False, 0, ["RUNNING", "RUNNING", "COMPLETED"]),  # slurmctld died before it had noted the end
        (None, True, None, ["", "", "GONE"]),
        (None, True, 1, ["", "", "FAILED"]),
        (None, True, 0, ["COMPLETED"]),
        (RUNNING, True, None, ["RUNNING", "RUNNING", "GONE"]),  # said by the accounting, as in what follows
        (RUNNING, True, 1, ["RUNNING", "RUNNING", "FAILED"]),
        (LOST, True, 0, ["COMPLETED"]),
        (LOST, True, 1, ["NODE_FAIL"]),
    ],
)
def test_what_is_believed_of_a_job_when_slurm_is_asked_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: SlurmJob | None, forgotten: bool, code: int | None,
    believed: list[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    slurm.FOLDER.mkdir(parents=True)
    if code is not None:
        (slurm.FOLDER / "7.exit").write_text(f"{code}\n")
    executor = Executor.__new__(Executor)
    executor._overdue = {}
    jobs = [executor._judge("7", said, forgotten=forgotten) for _ in believed]
    assert [job.state if job else "" for job in jobs] == believed


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH in which ``queue`` is what squeue prints; scancel takes a job out of it."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/squeue").write_text(f"#!/bin/sh\ncat {tmp_path}/queue\n")
    (tmp_path / "bin/scancel").write_text(
        f'#!/bin/sh\nfor number; do sed -i "/^$number|/d" {tmp_path}/queue; echo $number >> {tmp_path}/cancelled; done\n'
    )
    for path in (tmp_path / "bin").iterdir():
        path.chmod(0o755)
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    line = "{}|RUNNING|n1|None|1:00|1G|{}|c|{}\n"
    rows = [("5", "aa_1", tmp_path / "run"), ("6", "bb_1", tmp_path / "run"), ("7", "cc", tmp_path / "elsewhere")]
    (tmp_path / "queue").write_text("".join(line.format(*row) for row in rows))
    return tmp_path


def test_records_of_earlier_runs_are_no_records_of_this_one(commands: Path) -> None:
    """Job numbers come again, at the latest on another cluster."""
    slurm.FOLDER.mkdir(parents=True)
    (slurm.FOLDER / "41.exit").write_text("0\n")
    launch([sys.executable, "-c", "pass"], dict(os.environ), "aa", load_cluster("slurm"), lambda: None)
    assert slurm.record("41") is None


def test_jobs_of_an_earlier_run_are_named_and_not_touched_unless_told(commands: Path) -> None:
    with pytest.raises(InputError, match=r"5 \(running on n1\), 6 \(running on n1\).*--adopt wait"):
        slurm.adopt("", print)
    assert not (commands / "cancelled").exists()


def test_adopt_is_no_word_without_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told on a machine that does not know of Slurm, for a run that is not on a cluster."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(InputError, match="Slurm's commands are not found"),
        held("aa", "", None, "wait", take_over=False, say=print),
    ):
        pass


def test_jobs_of_an_earlier_run_are_cancelled(commands: Path) -> None:
    slurm.adopt("cancel", print, every=0.01)
    assert (commands / "cancelled").read_text().split() == ["5", "6"]


def test_jobs_of_an_earlier_run_are_waited_for(commands: Path) -> None:
    queue = commands / "queue"
    remover = subprocess.Popen(["sh", "-c", f"sleep 0.5; sed -i '/^[56]|/d' {queue}"])
    began = time.monotonic()
    slurm.adopt("wait", print, every=0.05)
    assert time.monotonic() - began > 0.4
    remover.wait()
    assert not (commands / "cancelled").exists()


def test_a_slurm_that_does_not_answer_lets_no_run_begin(commands: Path) -> None:
    (commands / "bin/squeue").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(InputError, match="Slurm does not answer"):
        slurm.adopt("wait", print)


def test_where_slurm_is_not_installed_no_run_begins_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="not found on this machine"):
        slurm.adopt("", print)


def test_a_run_cancels_its_own_jobs_only(commands: Path) -> None:
    assert slurm.cancel("bb", patience=20) == []
    assert (commands / "cancelled").read_text().split() == ["6"]


# --------------------------------------------------------------------------- profile


def test_the_profile_of_a_cluster_takes_the_place_of_the_local_one() -> None:
    cluster = load_cluster("slurm", "long", "lab7")
    assert cluster and cluster.is_slurm
    command = snakemake_command("c.yaml", 2, ["--jobs", "5"], cluster)
    assert command[command.index("--workflow-profile") + 1] == str(ROOT / "profiles/slurm")
    assert "--cores" not in command and command[command.index("--local-cores") + 1] == "2"
    resources = command[command.index("--default-resources") + 1 : command.index("--jobs")]
    assert resources == ["mem_mb=2000", "runtime=60", "disk_mb=1000", "slurm_partition='long'", "slurm_account='lab7'"]
    assert cluster.words() == ["--profile", "slurm", "--partition", "long", "--account", "lab7"]


def test_what_is_not_the_sites_to_choose_is_as_in_the_local_profile() -> None:
    local, cluster = (yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text()) for name in ("default", "slurm"))
    apart = {"latency-wait", "default-resources"}
    assert {key: cluster[key] for key in local.keys() - apart} == {key: local[key] for key in local.keys() - apart}


def test_every_rule_of_a_group_is_one_of_the_workflow() -> None:
    groups = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())["groups"]
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").rglob("*.smk"))
    assert [row for row in groups if f"rule {row.split('=')[0]}:" not in text] == []


def test_every_rule_says_how_much_memory_and_time_it_takes() -> None:
    """But for those that run where `tierline` does."""
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").rglob("*.smk"))
    rules = re.split(r"^ *rule (?=\w+:$)", text, flags=re.MULTILINE)[1:]
    assert len(rules) > 30
    jobs = [rule for rule in rules if "localrule: True" not in rule]
    assert [rule.split(":")[0] for rule in jobs if not ("mem_mb=" in rule and "runtime=" in rule)] == []


def test_no_rule_takes_another_rule_into_its_job_on_a_node() -> None:
    """An input written as rules.x.output may be made anew within the job, beside other jobs that do the same."""
    files = [ROOT / "Snakefile", *(ROOT / "workflow/rules").rglob("*.smk")]
    assert [
        path.name for path in files if re.search(r"^\s*[^#\s].*\brules\.\w+\.(output|input)", path.read_text(), re.M)
    ] == []


def test_partition_and_account_replace_those_of_a_profile_in_either_notation() -> None:
    wanted = ["mem_mb=1", "slurm_partition='all'"]  # Snakemake evaluates it; all is a function of Python
    assert slurm.resources({"default-resources": ["slurm_partition=a", "mem_mb=1"]}, "all", "") == wanted
    assert slurm.resources({"default-resources": {"slurm_partition": "a", "mem_mb": 1}}, "all", "") == wanted


def test_a_profile_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match=r"there is no such profile.*default, slurm"):
        load_cluster("slrum")
    with pytest.raises(InputError, match="Add --profile slurm"):
        load_cluster("", partition="long")


# --------------------------------------------------------------------------- watchdog


def test_a_snakemake_that_hangs_is_ended(
    commands: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its executor has asked Slurm once, and never again."""
    monkeypatch.setattr(cluster_module, "HANGS", 1.0)
    EVENTS.parent.mkdir()
    stands_in = "import pathlib, time; pathlib.Path('.tierline/slurm/heartbeat').touch(); time.sleep(600)"
    slurm.FOLDER.mkdir(parents=True)
    began = time.monotonic()
    code, _ = launch([sys.executable, "-c", stands_in], dict(os.environ), "aa", load_cluster("slurm"), lambda: None)
    assert code != 0 and time.monotonic() - began < 60
    assert "it hangs, and is ended" in capsys.readouterr().err
    assert (commands / "cancelled").read_text().split() == ["5"], "its jobs are ended, too"


# --------------------------------------------------------------------------- attempts that are passed over


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is missing")
def test_an_attempt_that_was_taken_over_writes_nothing_and_tidies_nothing_up(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "results").mkdir()
    begin = f"set -euo pipefail; source {ROOT}/workflow/scripts/job.sh; produce logs/a.log results/a.txt; "
    first = subprocess.Popen(
        ["bash", "-c", begin + "touch begun; until [ -e go ]; do sleep 0.02; done; echo 1 > $part/results/a.txt || true"],
        cwd=tmp_path, env={**os.environ, "SLURM_JOB_ID": "1"}, start_new_session=True,
    )  # fmt: skip
    while not (tmp_path / "begun").exists():
        time.sleep(0.02)
    subprocess.run(["bash", "-c", begin + "echo second > $part/results/a.txt"], cwd=tmp_path, check=True)
    (tmp_path / "go").touch()
    assert first.wait(30) == -9, "its Snakemake, in the same process group, must not tidy up"
    assert (tmp_path / "results/a.txt").read_text() == "second\n"
    assert list((tmp_path / "results/.part").iterdir()) == []


SCRIPT = """
import sys, time
from pathlib import Path
from tierline.steps import producing
with producing("logs/a.log", ["results/a.txt"]) as part:
    place = part("results/a.txt")
    place.write_text(sys.argv[1])
    if sys.argv[1] == "first":
        Path("begun").touch()
        while not Path("go").exists():
            time.sleep(0.02)
"""


def test_a_script_that_was_taken_over_does_likewise(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "results").mkdir()
    first = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "first"],
        cwd=tmp_path,
        env={**os.environ, "SLURM_JOB_ID": "1"},
        start_new_session=True,
    )
    while not (tmp_path / "begun").exists():
        time.sleep(0.02)
    subprocess.run([sys.executable, "-c", SCRIPT, "second"], cwd=tmp_path, check=True)
    (tmp_path / "go").touch()
    assert first.wait(30) == -9
    assert (tmp_path / "results/a.txt").read_text() == "second"


def test_where_slurm_does_not_answer_what_its_jobs_write_is_not_swept_away(
    commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are waited for by the next start; where Slurm says that they are gone, it is."""
    monkeypatch.setattr(slurm.cancel, "__defaults__", (0.2,))
    part = Path("results/.part/aa.job.x")
    part.mkdir(parents=True)
    EVENTS.parent.mkdir()
    answers = (commands / "bin/squeue").read_text()
    (commands / "bin/squeue").write_text("#!/bin/sh\nexit 1\n")
    launch([sys.executable, "-c", "pass"], dict(os.environ), "aa", load_cluster("slurm"), lambda: None)
    assert part.is_dir()
    (commands / "bin/squeue").write_text(answers)
    launch([sys.executable, "-c", "pass"], dict(os.environ), "aa", load_cluster("slurm"), lambda: None)
    assert not part.exists()


def test_the_folder_of_a_product_may_be_removed_while_it_is_made(tmp_path: Path) -> None:
    """Snakemake removes an empty folder after the failure of another job that would have written into it."""
    (tmp_path / "logs").mkdir()
    begin = f"set -euo pipefail; source {ROOT}/workflow/scripts/job.sh; produce logs/a.log results/made/a.txt; "
    subprocess.run(["bash", "-c", begin + "echo a > $part/results/made/a.txt"], cwd=tmp_path, check=True)
    assert (tmp_path / "results/made/a.txt").read_text() == "a\n"
    script = SCRIPT.replace("results/a.txt", "results/script/a.txt")
    subprocess.run([sys.executable, "-c", script, "b"], cwd=tmp_path, check=True)
    assert (tmp_path / "results/script/a.txt").read_text() == "b"
