"""How far a run is, from its events; what a tool said last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tierline.progress import (
    Progress,
    duration,
    last_words,
    line,
    load_progress,
    note_stop,
    past_seconds,
    read_events,
    stages,
)

PLAN = {"align_reads": 4, "mark_duplicates": 2, "call_mutect2": 2, "render_report": 2, "all": 1, "total": 11}


def info(number: int, rule: str, at: float, **wildcards: str) -> dict[str, object]:
    return {"time": at, "event": "job_info", "jobid": number, "rule_name": rule, "wildcards": wildcards,
            "log": [f"logs/{rule}.log"], "output": ["x"], "reason": "Missing output files: x"}  # fmt: skip


def half_way() -> Progress:
    """Two of four alignments done in 10 s each, side by side; one failed, one goes on since 5 s."""
    progress = Progress()
    for event in (
        {"time": 0.0, "event": "resources_info", "cores": 2},
        {"time": 0.0, "event": "resources_info", "cores": None},
        {"time": 0.0, "event": "run_info", "stats": PLAN},
        info(1, "align_reads", 0.0, sample="T1", unit="L1"),
        info(2, "align_reads", 0.0, sample="T1", unit="L2"),
        {"time": 10.0, "event": "job_finished", "job_id": 1},
        {"time": 10.0, "event": "job_finished", "job_id": 2},
        info(3, "align_reads", 10.0, sample="T2", unit="L1"),
        info(4, "align_reads", 10.0, sample="T2", unit="L2"),
        {"time": 12.0, "event": "job_error", "jobid": 3, "rule_name": "align_reads", "log": []},
        {"time": 15.0, "event": "message", "text": "something is wrong"},
    ):
        progress.add(event)
    return progress


def test_counts() -> None:
    progress = half_way()
    assert (progress.total, progress.done, len(progress.running), len(progress.failed)) == (10, 2, 1, 1)
    assert [(s.name, s.total, s.done, s.running, s.failed) for s in progress.stages()] == [
        ("align", 6, 2, 1, 1), ("calls", 2, 0, 0, 0), ("report", 2, 0, 0, 0),
    ]  # fmt: skip
    assert progress.failed[0].sample == "T2" and progress.failed[0].seconds == 2.0
    assert progress.messages == ["something is wrong"]
    assert progress.elapsed() == 15.0
    assert progress.reports_left() == 2


def test_what_ends_after_the_run_was_asked_to_end_has_not_failed(tmp_path: Path) -> None:
    progress = half_way()
    note_stop(tmp_path / "events")
    for event in read_events(tmp_path / "events")[0]:
        progress.add(event)
    progress.add({"time": 16.0, "event": "job_error", "jobid": 4})
    assert [job.state for job in progress.jobs.values()] == ["done", "done", "failed", "stopped"]


def test_time_left_by_hand() -> None:
    """Waiting: 2 duplicates x 20 s, 2 callings x 30 s (known), 2 reports x the mean of the known rules, (10 + 20 + 30) / 3;
    the running alignment has 5 of its 10 s to go. 145 s of work; so far 2 x 10 + 5 s of work in 15 s: 1.67 at once."""
    left = half_way().left({"mark_duplicates": 20.0, "call_mutect2": 30.0})
    assert left == pytest.approx((40 + 60 + 40 + 5) / (25 / 15))
    assert Progress().left({}) is None
    assert half_way().left({}) is not None


def test_time_left_on_a_cluster_by_hand() -> None:
    """It names no number of cores. Three alignments took 10 s each side by side; three more, of 10 s, wait: 30 / 3 s."""
    progress = Progress()
    progress.add({"time": 0.0, "event": "resources_info", "cores": None})
    progress.add({"time": 0.0, "event": "run_info", "stats": {"align_reads": 6}})
    for number in (1, 2, 3):
        progress.add(info(number, "align_reads", 0.0, sample=f"T{number}"))
    for number in (1, 2, 3):
        progress.add({"time": 10.0, "event": "job_finished", "job_id": number})
    assert progress.left({}) == pytest.approx(10.0)


def test_the_line() -> None:
    text = line(half_way(), 3, {}, now=0.0)
    assert "  2/10 steps; 1/3 reports; running: align 1; 1 failed; 15 s so far; about " in text


def test_events_are_read_as_they_come_and_a_torn_line_waits(tmp_path: Path) -> None:
    path = tmp_path / ".tierline" / "events.jsonl"
    assert read_events(path) == ([], 0)
    path.parent.mkdir()
    first, second = json.dumps({"time": 1.0, "event": "run_info", "stats": PLAN}), json.dumps(info(1, "align_reads", 2.0))
    path.write_text(first + "\n" + second[:20])
    events, at = read_events(path)
    assert len(events) == 1 and at == len(first) + 1
    path.write_text(first + "\n" + second + "\n")
    events, at = read_events(path, at)
    assert [event["event"] for event in events] == ["job_info"]
    assert read_events(path, at) == ([], at)
    assert load_progress(tmp_path).total == 10


def test_every_rule_has_a_stage_in_the_order_of_the_data() -> None:
    found = stages()
    flow = "reference reads align coverage calls consensus annotate filter interpret report multiqc"
    assert list(dict.fromkeys(found.values())) == flow.split()
    assert found["call_freebayes"] == "calls"
    assert (found["collapse_families"], found["fetch_reference"]) == ("align", "reference")


def test_past_seconds(tmp_path: Path) -> None:
    for name, seconds in (("call_mutect2/T1.tsv", 10), ("call_mutect2/T2.tsv", 20), ("draw_dashboard.tsv", 5)):
        path = tmp_path / "benchmarks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\th:m:s\n{seconds}.0\t0:00:10\n")
    (tmp_path / "benchmarks" / "torn.tsv").write_text("s\n")
    assert past_seconds(tmp_path) == {"call_mutect2": 15.0, "draw_dashboard": 5.0}


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("[M::x] reading\n[E::bwa_idx_load] fail to locate the index\n", "[E::bwa_idx_load] fail to locate the index"),
        (
            "java.lang.IllegalStateException: no\n\tat org.broadinstitute.X.y(X.java:1)\n***********\n"
            "A USER ERROR has occurred: Fasta index is missing\n***********\nSet the system property GATK_STACKTRACE\n",
            "A USER ERROR has occurred: Fasta index is missing",
        ),
        ("Traceback (most recent call last):\n  File x\nKeyError: 'x'\n", "KeyError: 'x'"),
        ("a\nb\n\n", "b"),
        ("", ""),
        ("x" * 999, "x" * 300),
        ("a.bam: its output is cut short\n", "a.bam: its output is cut short"),
    ],
)  # fmt: skip
def test_last_words(tmp_path: Path, log: str, words: str) -> None:
    (tmp_path / "log").write_text(log)
    assert last_words(tmp_path / "log") == words


def test_last_words_of_no_log(tmp_path: Path) -> None:
    assert last_words(tmp_path / "nowhere") == ""
    assert last_words(tmp_path) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (89, "89 s"), (90, "2 min"), (3540, "59 min"), (3600, "1 h 00 min"), (7500, "2 h 05 min")],
)  # fmt: skip
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words
