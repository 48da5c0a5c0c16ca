"""``tierline run`` around a Snakemake that is not there: its command line, and what its end means."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Any

import pytest
from test_refuse import build_base, replace
from tierline import plan as plan_module
from tierline import run as run_module
from tierline import runlock
from tierline import supervise as supervise_module
from tierline.cluster import Cluster
from tierline.completeness import VERDICTS
from tierline.paths import ROOT
from tierline.plan import PlannedJob
from tierline.problems import InputError
from tierline.records import Complete, Failed, Judgement, ResultVerdict, ToolVersion
from tierline.run import COMPLETE, FAILED, run, snakemake_command
from tierline.runlock import LOCK, Process, is_alive, read_holder
from tierline.steps import RUN_ID
from tierline.tables import read_rows, write_rows

FOUND = ToolVersion("bwa", "0.7.17", "0.7.17", "/usr/bin/bwa", "align")


class Snakemake:
    """Stands in for Snakemake: keeps what it was asked, tells ``events``, and ends with ``code``."""

    def __init__(self) -> None:
        self.code = 0
        self.asked: list[list[str]] = []
        self.environment: Mapping[str, str] = {}
        self.events: list[dict[str, Any]] = []
        self.ended: list[Process] = []

    def call(self, command: Sequence[str], env: Mapping[str, str]) -> int:
        self.asked.append(list(command))
        self.environment = env
        return self.code

    def supervise(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        run_id: str,
        output: Path,
        tick: Callable[[], None],
        stop: Callable[[], None],
    ) -> tuple[int, list[Process]]:
        assert env[RUN_ID] == run_id
        assert is_alive(read_holder() or pytest.fail("nobody holds the folder"))
        if "TIERLINE_EVENTS" in env:
            lines = (json.dumps({"time": 1000.0 + n, **event}) + "\n" for n, event in enumerate(self.events))
            Path(env["TIERLINE_EVENTS"]).write_text("".join(lines))
        if self.ended:
            stop()
        output.write_text("what Snakemake prints\n")
        tick()
        return self.call(command, env), self.ended


@pytest.fixture
def snakemake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snakemake:
    """A valid project as working directory; every tool there, every product complete."""
    build_base(tmp_path / "run")
    fake = Snakemake()
    monkeypatch.chdir(tmp_path / "run")
    monkeypatch.setenv("TIERLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TIERLINE_TOOLS", "path")
    monkeypatch.setattr(subprocess, "call", fake.call)
    monkeypatch.setattr(supervise_module, "supervise", fake.supervise)
    monkeypatch.setattr(run_module, "find_tools", lambda: [FOUND])
    monkeypatch.setattr(run_module, "verify", complete)
    return fake


def job(number: int, rule: str, end: str = "", **wildcards: str) -> list[dict[str, Any]]:
    """The events of one job: its begin and, where ``end`` names one, its end (finished or error)."""
    log = f"logs/{rule}/{'.'.join(wildcards.values())}.log"
    info = {"event": "job_info", "jobid": number, "rule_name": rule, "wildcards": wildcards, "log": [log], "output": [],
            "reason": "Missing output files"}  # fmt: skip
    ends = {"finished": {"event": "job_finished", "job_id": number}, "error": {"event": "job_error", "jobid": number}}
    return [info, ends[end]] if end else [info]


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
    for tumor in ("T1", "T2"):
        assert re.search(rf"^{tumor} +complete +results/report/{tumor}.mini.html$", said, re.MULTILINE), said
    assert "Complete. Dashboard:\n  results/multiqc/multiqc.html" in said
    assert not LOCK.exists()
    assert list(read_rows(FAILED, Failed)) == []
    rows = list(read_rows(COMPLETE, Complete))
    assert len(rows) == 3 + 2 * (5 + 11) + 4
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
    assert re.search(r"^T2 +incomplete +results/report/T2.mini.html: missing, gone$", said, re.MULTILINE), said
    assert re.search(r"^T1 +complete ", said, re.MULTILINE), said
    assert (
        "Incomplete: 1 product (results/run/complete.tsv). To go on:\n  tierline run --configfile config/config.yaml"
        in said
    )
    assert [row.path for row in read_rows(COMPLETE, Complete) if row.state != "complete"] == ["results/report/T2.mini.html"]


@pytest.mark.parametrize(("asked", "code"), [("", 0), ("quality:\n  fail_run: true\n", 1)])
def test_a_sample_that_failed_quality_control_is_named(
    snakemake: Snakemake, capsys: pytest.CaptureFixture[str], asked: str, code: int
) -> None:
    """The run is complete all the same; where the config says so, its exit code tells it."""
    with open("config/config.yaml", "a") as handle:
        handle.write(asked)
    low, rest = ("mean depth 4 fragments, fails below 50 fragments",), ((), ())
    rows = [
        ResultVerdict("T1", "mini", "findings", Judgement.WARN, low, *rest),
        ResultVerdict("T1", "mini", "hotspot_negatives", Judgement.FAIL, low, *rest),
        ResultVerdict("T1", "mini", "coding_negatives", Judgement.FAIL, low, *rest),
        ResultVerdict("T2", "mini", "findings", Judgement.WARN, ("a remark",), *rest),
    ]
    assert run("config/config.yaml", 2) == 0, "without verdicts nothing failed"
    write_rows(VERDICTS, ResultVerdict, rows)
    capsys.readouterr()
    assert run("config/config.yaml", 2) == code
    said = capsys.readouterr().out
    assert re.findall("^Quality control failed.*", said, re.MULTILINE) == [
        "Quality control failed, T1.mini: mean depth 4 fragments, fails below 50 fragments"
    ]
    assert run("config/config.yaml", 2, show="json") == code
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["failed_quality"] == {"T1.mini": list(low)}


@pytest.mark.parametrize("verify", [complete, all_but_a_report])
def test_a_tool_failed(snakemake: Snakemake, monkeypatch: pytest.MonkeyPatch, verify) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(run_module, "verify", verify)
    snakemake.code = 1
    assert run("config/config.yaml", 2) == 3
    assert Path(COMPLETE).is_file()  # what is there is said in any case
    assert not LOCK.exists()


def test_a_failed_sample_is_named_with_the_last_words_of_its_tool_and_is_not_on_the_dashboard(
    snakemake: Snakemake, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "verify", all_but_a_report)
    snakemake.code = 1
    snakemake.events = [
        *job(1, "align_reads", "error", sample="T2", unit="L1"),
        *job(2, "align_reads", "finished", sample="T1"),
    ]
    Path("logs/align_reads").mkdir(parents=True)
    Path("logs/align_reads/T2.L1.log").write_text("[M::bwa] reading\n[E::bwa] fail to locate the index files\n")
    assert run("config/config.yaml", 2) == 3
    said = capsys.readouterr().out
    assert re.search(r"^T2 +failed +align_reads: \[E::bwa\] fail to locate the index files$", said, re.MULTILINE), said
    assert "(logs/align_reads/T2.L1.log)" in said
    assert list(read_rows(FAILED, Failed)) == [
        Failed("T2", "align_reads", "T2;L1", "[E::bwa] fail to locate the index files", "logs/align_reads/T2.L1.log")
    ]
    assert snakemake.asked[1][-4:] == ["--config", "without=;T2", "--", "results/multiqc/multiqc.html"]


def with_a_control(folder: Path) -> None:
    """T2 becomes a no-template control beside T1."""
    replace(folder, {"config/samples.tsv": {"T2\tP2\ttumor\tLUAD\tmini\tmini\t\tmale": "T2\tP2\tcontrol\t\tmini\t\t\t"}})
    (folder / "config/controls.tsv").write_text("sample\tmax_reads\nT2\t10\n")


@pytest.mark.parametrize(
    ("judged", "waits"),
    [(False, True),  # its reads broke a tool
     (True, False),  # a later job of it did: nothing waited for that
     (True, True),  # its verdict is of an earlier run, and its new reads broke a tool
     (False, False)],  # the reports were made without it in an earlier run
)  # fmt: skip
def test_a_control_that_cannot_be_had_holds_up_no_report_beside_it(
    snakemake: Snakemake, monkeypatch: pytest.MonkeyPatch, judged: bool, waits: bool
) -> None:
    with_a_control(Path())
    report, control = "results/report/T1.mini.html", Path("results/multiqc/T2.control.tsv")

    def incomplete(expected, workdir: Path, digests: dict[str, str]) -> list[Complete]:  # type: ignore[no-untyped-def]
        made = not waits or len(snakemake.asked) > 1
        lacking = {"results/align/T2.bam", *([] if made else [report])}
        rows = complete(expected, workdir, digests)
        return [replace_fields(row, state="missing") if row.path in lacking else row for row in rows]

    monkeypatch.setattr(run_module, "verify", incomplete)
    snakemake.code = 1
    snakemake.events = job(1, "align_reads", "error", sample="T2", unit="L1")
    if judged:
        control.parent.mkdir(parents=True)
        control.write_text("")
    assert run("config/config.yaml", 2) == 3
    ends = [command[command.index("--config") + 1 :] for command in snakemake.asked[1:]]
    unread = [] if judged and not waits else ["unread=;T2"]
    dashboard = ["without=;T2", *unread, "--", "results/multiqc/multiqc.html"]
    assert ends == [*([["unread=;T2", "--", report]] if waits else []), dashboard]


def test_a_sample_without_its_reads_at_common_snps_holds_up_no_other(
    snakemake: Snakemake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports wait for the comparison of all; that of the patient whose normal failed is not tried again."""
    monkeypatch.setattr(run_module, "verify", all_but_reports)
    monkeypatch.setattr(run_module, "for_others", lambda project, sample: f"results/coverage/{sample}.fingerprint.vcf.gz")
    snakemake.code = 1
    snakemake.events = job(1, "align_reads", "error", sample="N1", unit="L1")
    assert run("config/config.yaml", 2) == 3
    assert snakemake.asked[1][-4:] == ["--config", "unread=;N1", "--", "results/report/T2.mini.html"]


def all_but_reports(expected, workdir: Path, digests: dict[str, str]) -> list[Complete]:  # type: ignore[no-untyped-def]
    rows = complete(expected, workdir, digests)
    return [replace_fields(row, state="missing") if row.path.endswith(".html") else row for row in rows]


def test_an_interrupted_run_draws_no_dashboard(snakemake: Snakemake, capsys: pytest.CaptureFixture[str]) -> None:
    snakemake.code, snakemake.ended = 1, [Process(77, 1, "bwa"), Process(78, 1, "bwa"), Process(79, 1, "bash")]
    snakemake.events = job(1, "align_reads", "error", sample="T2", unit="L1")
    assert run("config/config.yaml", 2) == 1
    assert "Interrupted: bash, bwa ended; what was finished stays." in capsys.readouterr().err
    assert len(snakemake.asked) == 1


def test_quiet_says_nothing_where_all_is_well(snakemake: Snakemake, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("config/config.yaml", 2, show="quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_json_is_one_object_a_line(snakemake: Snakemake, capsys: pytest.CaptureFixture[str]) -> None:
    snakemake.events = [{"event": "run_info", "stats": {"align_reads": 1, "total": 1}}, *job(1, "align_reads", "finished")]
    assert run("config/config.yaml", 2, show="json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["event"] for row in rows] == ["run_info", "job_info", "job_finished", "outcome"]
    assert rows[-1]["samples"] == ["T1", "N1", "T2"] and rows[-1]["incomplete"] == []


def test_a_living_run_is_not_disturbed(snakemake: Snakemake) -> None:
    with runlock.held("other", "tierline run"), pytest.raises(InputError, match="a run works in this folder"):
        run("config/config.yaml", 2)
    assert snakemake.asked == []


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
    assert snakemake_command("c.yaml", 1, [], container="a.sif")[-4:] == [
        "--software-deployment-method", "apptainer", "--apptainer-prefix", str(tmp_path / "images"),
    ]  # fmt: skip


def test_what_is_of_no_sample_is_told_too(
    snakemake: Snakemake, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Complete("results/multiqc/multiqc.html", "", "", "empty", "the file has no content")
    monkeypatch.setattr(run_module, "verify", lambda *_: [row])
    assert run("config/config.yaml", 2) == 1
    assert "\nresults/multiqc/multiqc.html: empty, the file has no content\n" in capsys.readouterr().out


# --------------------------------------------------------------------------- on a cluster: the plan, then a yes


class Terminal:
    """What is typed at a question; ``attached`` is whether there is a terminal."""

    def __init__(self, attached: bool, typed: str = "") -> None:
        self.attached, self.typed = attached, typed

    def isatty(self) -> bool:
        return self.attached

    def readline(self) -> str:
        return self.typed


@pytest.fixture
def planned(snakemake: Snakemake, monkeypatch: pytest.MonkeyPatch) -> list[PlannedJob]:
    """What the dry-run tells; a test may change it."""
    jobs = [PlannedJob("call_freebayes", {"tumor": "T1"}, (), ("asked",))]
    monkeypatch.setattr(plan_module, "plan", lambda command, environment, target="": jobs)
    return jobs


@pytest.fixture
def elsewhere(tmp_path: Path) -> Cluster:
    return Cluster("elsewhere", tmp_path, {"executor": "some-other"})


@pytest.mark.parametrize(("typed", "starts"), [("yes\n", True), ("Y\n", True), ("no\n", False), ("\n", False), ("", False)])
def test_a_run_on_a_cluster_starts_after_a_yes(
    snakemake: Snakemake, planned: list[PlannedJob], elsewhere: Cluster, typed: str, starts: bool,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(sys, "stdin", Terminal(attached=True, typed=typed))
    assert run("config/config.yaml", 2, cluster=elsewhere) == (0 if starts else 1)
    said = capsys.readouterr().out
    assert bool(snakemake.asked) is starts
    assert "1 jobs:\n  calls  call_freebayes 1\n" in said and "Estimated, not promised:" in said
    assert said.index("Start? yes or no:") and ("Nothing was started." in said) is not starts
    assert not LOCK.exists()


def test_without_a_terminal_yes_has_to_be_told(
    snakemake: Snakemake, planned: list[PlannedJob], elsewhere: Cluster, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(sys, "stdin", Terminal(attached=False))
    with pytest.raises(InputError, match=r"starts after a yes, and no terminal is attached.*Add --yes"):
        run("config/config.yaml", 2, cluster=elsewhere)
    assert not snakemake.asked
    assert run("config/config.yaml", 2, cluster=elsewhere, yes=True) == 0 and snakemake.asked
    said = capsys.readouterr().out
    assert "Estimated, not promised:" in said and "Start?" not in said, "the plan is shown, and nothing asked"


def test_nothing_is_asked_where_nothing_is_to_do_or_the_run_is_local(
    snakemake: Snakemake, planned: list[PlannedJob], elsewhere: Cluster, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(sys, "stdin", Terminal(attached=True, typed="no\n"))
    assert run("config/config.yaml", 2) == 0
    assert run("config/config.yaml", 2, cluster=replace_fields(elsewhere, profile={"keep-going": True})) == 0
    planned.clear()
    assert run("config/config.yaml", 2, cluster=elsewhere) == 0
    said = capsys.readouterr().out
    assert "Start?" not in said and "Nothing to do: everything is up to date." in said
    assert run("config/config.yaml", 2, ["--dry-run"], cluster=elsewhere) == 0


def test_json_keeps_the_plan_apart(
    snakemake: Snakemake, planned: list[PlannedJob], elsewhere: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("config/config.yaml", 2, cluster=elsewhere, yes=True, show="json") == 0
    said = capsys.readouterr()
    assert "Estimated" in said.err and all(json.loads(line) for line in said.out.splitlines())
