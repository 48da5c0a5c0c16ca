"""Quality: the tools' own files give the numbers, and a value at its limit is still good."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tierline.quality import (
    METRICS,
    contamination_fraction,
    duplicate_fraction,
    judge,
    judge_sample,
    mean_target_depth,
    on_target_fraction,
    verify_reads,
)
from tierline.records import Verdict

SUMMARY = """chrom\tlength\tbases\tmean\tmin\tmax
chr1\t51598\t803774\t15.58\t0\t367
chr1_region\t909\t220893\t243.01\t0\t367
total\t51598\t803774\t15.58\t0\t367
total_region\t909\t220893\t243.01\t0\t367
"""
FLAGSTAT = """1000 + 7 in total (QC-passed reads + QC-failed reads)
960 + 7 primary
20 + 0 secondary
20 + 0 supplementary
130 + 0 duplicates
120 + 3 primary duplicates
940 + 5 mapped (94.00% : 71.43%)
800 + 4 primary mapped (83.33% : 57.14%)
0 + 0 singletons (0.00% : N/A)
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "x.txt"
    path.write_text(text)
    return path


def test_mean_depth_is_that_of_the_targets(tmp_path: Path) -> None:
    assert mean_target_depth(write(tmp_path, SUMMARY)) == 243.01
    assert mean_target_depth(write(tmp_path, SUMMARY.replace("total_region", "other_region"))) is None


def test_on_target_is_a_share_of_mapped_reads(tmp_path: Path) -> None:
    assert on_target_fraction(write(tmp_path, "800\n600\n")) == 0.75
    assert on_target_fraction(write(tmp_path, "800\n0\n")) == 0
    assert on_target_fraction(write(tmp_path, "0\n0\n")) is None


def test_duplicates_are_primary_and_passed_ones(tmp_path: Path) -> None:
    assert duplicate_fraction(write(tmp_path, FLAGSTAT)) == 0.15  # 120 of 800
    assert duplicate_fraction(write(tmp_path, FLAGSTAT.replace("800 + 4", "0 + 4"))) is None


@pytest.mark.parametrize(
    ("value", "lower_is_worse", "expected"),
    [
        (250.0, True, "pass"), (249.9, True, "warn"), (100.0, True, "warn"), (99.9, True, "fail"), (0.0, True, "fail"),
        (250.0, False, "fail"), (100.1, False, "fail"), (None, True, "not measured"), (None, False, "not measured"),
    ],
)  # fmt: skip
def test_limits_at_their_edge(value: float | None, lower_is_worse: bool, expected: str) -> None:
    limit = {"warn": 250.0, "fail": 100.0} if lower_is_worse else {"warn": 50.0, "fail": 100.0}
    assert judge(value, limit, lower_is_worse) == expected


@pytest.mark.parametrize(
    ("value", "limit", "lower_is_worse", "expected"),
    [
        (0.5, {"warn": 0.5, "fail": 0.8}, False, "pass"),
        (0.51, {"warn": 0.5, "fail": 0.8}, False, "warn"),
        (0.8, {"warn": 0.5, "fail": 0.8}, False, "warn"),
        (0.81, {"warn": 0.5, "fail": 0.8}, False, "fail"),
        (0.0, {}, True, "pass"),
        (10.0, {"fail": 20.0}, True, "fail"),
        (10.0, {"warn": 20.0}, True, "warn"),
    ],
)
def test_limits_of_a_share(value: float, limit: dict[str, float], lower_is_worse: bool, expected: str) -> None:
    assert judge(value, limit, lower_is_worse) == expected


def judged(folder: Path, summary: str, limits: dict[str, dict[str, float]]) -> dict[str, Verdict]:
    paths = []
    for name, text in (("coverage", summary), ("on_target", "800\n600\n"), ("flagstat", FLAGSTAT)):
        (folder / name).write_text(text)
        paths.append(folder / name)
    return {row.metric: row for row in judge_sample("T1", *paths, limits)}


def test_only_a_failed_or_unmeasured_depth_withholds_negatives(tmp_path: Path) -> None:
    limits = {"mean_depth": {"warn": 300.0, "fail": 100.0}, "on_target_fraction": {"warn": 0.9, "fail": 0.8}}
    rows = judged(tmp_path, SUMMARY, limits)
    assert rows.keys() == METRICS.keys() - {"contamination"}  # only where it was measured
    assert rows["mean_depth"] == Verdict("T1", "mean_depth", 243.01, "fragments", 300.0, 100.0, "warn", "")
    assert (rows["on_target_fraction"].verdict, rows["on_target_fraction"].blocks) == ("fail", "")
    assert (rows["duplicate_fraction"].verdict, rows["duplicate_fraction"].warn) == ("pass", None)
    failed = judged(tmp_path, SUMMARY.replace("243.01", "99.99"), limits)["mean_depth"]
    assert (failed.verdict, failed.blocks) == ("fail", "negatives")
    unknown = judged(tmp_path, SUMMARY.replace("total_region", "x"), limits)["mean_depth"]
    assert (unknown.value, unknown.verdict, unknown.blocks) == (None, "not measured", "negatives")


def test_contamination_is_read_where_it_was_measured(tmp_path: Path) -> None:
    table = tmp_path / "c.table"
    table.write_text("sample\tcontamination\terror\nT1\t0.031\t0.002\n")
    assert contamination_fraction(table) == 0.031
    table.write_text("sample\tcontamination\terror\nT1\t0.0\t1.0\n")  # what GATK 4.6 writes of a table without sites
    assert contamination_fraction(table) is None
    table.write_text("sample\tcontamination\terror\nT1\tNaN\tNaN\n")
    assert contamination_fraction(table) is None


@pytest.mark.parametrize(("trimmed", "whole"), [((900, 67), True), ((967,), True), ((966,), False), ((967, 967), False)])
def test_reads_that_a_tool_lost_or_repeated_are_noticed(tmp_path: Path, trimmed: tuple[int, ...], whole: bool) -> None:
    (tmp_path / "flagstat").write_text(FLAGSTAT)  # 960 + 7 primary
    for number, reads in enumerate(trimmed):
        (tmp_path / f"{number}.json").write_text(json.dumps({"summary": {"after_filtering": {"total_reads": reads}}}))
    paths = [tmp_path / f"{number}.json" for number in range(len(trimmed))]
    if whole:
        verify_reads("T1", paths, tmp_path / "flagstat")
    else:
        with pytest.raises(ValueError, match=f"T1: {sum(trimmed)} reads left trimming, the BAM has 967"):
            verify_reads("T1", paths, tmp_path / "flagstat")
