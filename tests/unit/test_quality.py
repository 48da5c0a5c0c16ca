"""Quality: the tools' own files give the numbers, and a value at its limit is still good."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tierline.metrics import METRICS, Metric
from tierline.quality import (
    Files,
    Measured,
    depth_histogram,
    insert_size,
    judge,
    judge_sample,
    mean_target_depth,
    measure_sample,
    of_depths,
    of_flagstat,
    on_targets,
    reads_before_trimming,
    reads_of_bam,
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


def values(found: dict[str, Measured]) -> dict[str, tuple[float | None, int | None, str]]:
    return {name: (row.value, row.on, row.counted) for name, row in found.items()}


def test_on_and_near_target_and_the_strands(tmp_path: Path) -> None:
    assert values(on_targets(write(tmp_path, "800\n600\n700\n300\n120\n"))) == {
        "on_target_fraction": (0.75, 800, "reads"), "near_target_fraction": (0.875, 800, "reads"),
        "strand_balance": (0.4, 300, "first mates"),  # 120 of 300 reverse
    }  # fmt: skip
    assert on_targets(write(tmp_path, "800\n600\n700\n300\n270\n"))["strand_balance"].value == 0.1  # 30 forward
    nothing = on_targets(write(tmp_path, "0\n0\n0\n0\n0\n"))
    assert {row.value for row in nothing.values()} == {None}
    assert nothing["on_target_fraction"].note == "there are no reads to go by"


def test_mapped_and_duplicates_are_primary_and_passed_ones(tmp_path: Path) -> None:
    assert values(of_flagstat(write(tmp_path, FLAGSTAT))) == {
        "mapped_fraction": (800 / 960, 960, "reads"), "duplicate_fraction": (0.15, 800, "reads"),
    }  # fmt: skip
    assert of_flagstat(write(tmp_path, FLAGSTAT.replace("800 + 4", "0 + 4")))["duplicate_fraction"].value is None


def fastp(folder: Path, name: str, reads: int, bases: int, q30: int, cut: int) -> Path:
    before = {"total_reads": reads, "total_bases": bases, "q30_bases": q30}
    said = {"summary": {"before_filtering": before}, "adapter_cutting": {"adapter_trimmed_reads": cut}}
    (folder / name).write_text(json.dumps(said))
    return folder / name


def test_reads_of_all_units_count_together(tmp_path: Path) -> None:
    units = [
        fastp(tmp_path, "A.L1.fastp.json", 100, 10_000, 9_000, 1),
        fastp(tmp_path, "A.L2.fastp.json", 300, 30_000, 15_000, 11),
    ]
    assert values(reads_before_trimming(units)) == {
        "reads": (400, None, ""), "bases": (40_000, None, ""), "q30_fraction": (0.6, 40_000, "bases"),
        "unit_q30_fraction": (0.5, 30_000, "bases of unit L2"), "unit_evenness": (1 / 3, 100, "reads of unit L1"),
        "adapter_fraction": (0.03, 400, "reads"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reads", "evenness", "note"),
    [
        ((100, 300, 500), 0.25, ""),  # 100 to the mean of 300 and 500
        ((0, 300), 0.0, ""),
        ((300,), None, "the sample has one unit"),
        ((0, 0), None, "no other unit has reads"),
    ],
)
def test_the_smallest_unit_is_measured_by_its_others(
    reads: tuple[int, ...], evenness: float | None, note: str, tmp_path: Path
) -> None:
    units = [fastp(tmp_path, f"A.L{n}.fastp.json", count, 100 * count, 90 * count, 0) for n, count in enumerate(reads)]
    found = reads_before_trimming(units)["unit_evenness"]
    assert found.value == evenness and (evenness is not None or found.note == note)


STATS = (
    "SN\traw total sequences:\t700\t# excluding\nSN\ttotal length:\t69000\t# ignores\n"
    "IS\t0\t0\t0\t0\t0\nIS\t150\t5\t4\t1\t0\nIS\t200\t9\t3\t0\t6\nIS\t300\t2\t2\t0\t0\n"
)


def test_the_median_insert_size_is_of_facing_mates(tmp_path: Path) -> None:
    found = insert_size(write(tmp_path, STATS))  # 150 x 4, 200 x 3, 300 x 2: the fifth of nine is 200
    assert (found.value, found.on, found.counted) == (200, 9, "pairs")
    assert insert_size(write(tmp_path, STATS.partition("IS")[0])).value is None
    assert values(reads_of_bam(write(tmp_path, STATS))) == {"reads": (700, None, ""), "bases": (69_000, None, "")}


def test_evenness_of_the_usable_depth(tmp_path: Path) -> None:
    depths = [0, 10, 40, 50, 60, 70, 80, 80, 90, 120]  # mean 60; 12 is a fifth of it
    with gzip.open(tmp_path / "d.gz", "wt") as handle:
        handle.writelines(f"chr1\t{pos1}\t{depth}\t999\n" for pos1, depth in enumerate(depths, 1))
    histogram = depth_histogram(tmp_path / "d.gz")
    assert values(of_depths(histogram)) == {
        "mean_usable_depth": (60.0, 10, "bases"), "median_usable_depth": (60, 10, "bases"),
        "fold_80": (6.0, 10, "bases"),  # eight of ten bases have more than 10
        "even_fraction": (0.8, 10, "bases"),
    }  # fmt: skip
    bare = of_depths(Counter({0: 3, 10: 7}))
    assert (bare["fold_80"].value, bare["fold_80"].note) == (None, "a fifth of the bases has no usable depth")
    assert {row.value for row in of_depths(Counter()).values()} == {None}


LOWER, HIGHER = METRICS["mean_depth"], METRICS["duplicate_fraction"]


@pytest.mark.parametrize(
    ("value", "metric", "expected"),
    [
        (250.0, LOWER, "pass"), (249.9, LOWER, "warn"), (100.0, LOWER, "warn"), (99.9, LOWER, "fail"), (0.0, LOWER, "fail"),
        (50.0, HIGHER, "pass"), (50.1, HIGHER, "warn"), (100.0, HIGHER, "warn"), (100.1, HIGHER, "fail"),
        (None, LOWER, "not_assessable"), (None, HIGHER, "not_assessable"),
    ],
)  # fmt: skip
def test_limits_at_their_edge(value: float | None, metric: Metric, expected: str) -> None:
    limit = {"warn": 250.0, "fail": 100.0} if metric is LOWER else {"warn": 50.0, "fail": 100.0}
    assert judge(Measured(value), limit, metric) == expected


def test_nothing_passes_by_default() -> None:
    """Without limits a figure is shown; without enough data, or with an error beyond the limit, it does not pass."""
    limit = {"warn": 0.02, "fail": 0.05}
    assert judge(Measured(0.0), {}, LOWER) == "not_judged"
    assert judge(Measured(None), {}, LOWER) == "not_assessable"
    assert judge(Measured(0.0, error=0.05), limit, HIGHER) == "pass"
    assert judge(Measured(0.0, error=0.051), limit, HIGHER) == "not_assessable"


def judged(folder: Path, summary: str, limits: dict[str, Any], **given: Any) -> dict[str, Verdict]:
    texts = {"coverage": summary, "on_target": "800\n600\n700\n300\n120\n", "flagstat": FLAGSTAT, "stats": STATS}
    for name, text in texts.items():
        (folder / name).write_text(text)
    with gzip.open(folder / "depth", "wt") as handle:
        handle.write("chr1\t5\t90\t95\n")
    measured = measure_sample(Files(**{name: folder / name for name in (*texts, "depth")}))
    return {row.metric: row for row in judge_sample("T1", measured, limits, **given)}


def test_every_metric_of_a_sample_is_measured(tmp_path: Path) -> None:
    judged(tmp_path, SUMMARY, {})
    (tmp_path / "artefacts").write_text("")
    names = ("coverage", "on_target", "flagstat", "stats", "depth", "artefacts")
    files = {name: tmp_path / name for name in names}
    units = [fastp(tmp_path, "A.L1.fastp.json", 100, 10_000, 9_000, 1)]
    measured = measure_sample(Files(**files, fastp=units))
    of_sample = {name for name, metric in METRICS.items() if metric.of == "sample"}
    elsewhere = {"sex", "at_dropout", "gc_dropout"}  # ask the samples table, or the genome: test_sex.py, test_dropout.py
    assert set(measured) == of_sample - elsewhere


def test_a_limit_without_a_figure_does_not_pass(tmp_path: Path) -> None:
    """The quality of a BAM's raw bases and a contamination that was not asked for: limited, hence not assessable."""
    limits = {name: {"warn": 0.5, "fail": 0.5, "withholds": "nothing"} for name in ("q30_fraction", "contamination")}
    rows = judged(tmp_path, SUMMARY, limits)
    for name in limits:
        assert (rows[name].verdict, rows[name].note) == ("not_assessable", "nothing measures it for this sample")
    assert "contamination" not in judged(tmp_path, SUMMARY, limits, is_tumor=False), "of tumours only"
    assert "hotspots_at_claim" not in judged(tmp_path, SUMMARY, {"hotspots_at_claim": limits["q30_fraction"]})


def test_a_failure_withholds_what_the_assay_says(tmp_path: Path) -> None:
    limits = {
        "mean_depth": {"warn": 300.0, "fail": 100.0, "withholds": "hotspot_negatives"},
        "on_target_fraction": {"warn": 0.9, "fail": 0.8},
    }
    rows = judged(tmp_path, SUMMARY, limits)
    assert "contamination" not in rows  # only where it was measured
    assert rows["mean_depth"] == Verdict("T1", "mean_depth", 243.01, "fragments", 300.0, 100.0, "warn", "")
    assert (rows["on_target_fraction"].verdict, rows["on_target_fraction"].withholds) == ("fail", "")
    assert (rows["duplicate_fraction"].verdict, rows["duplicate_fraction"].warn) == ("not_judged", None)
    too_low = SUMMARY.replace("243.01", "99.99")
    failed = judged(tmp_path, too_low, limits)["mean_depth"]
    assert (failed.verdict, failed.withholds) == ("fail", "hotspot_negatives")
    assert judged(tmp_path, too_low, limits, is_tumor=False)["mean_depth"].withholds == ""


def test_depth_that_is_not_known_withholds_with_and_without_limits(tmp_path: Path) -> None:
    for limits in ({}, {"mean_depth": {"warn": 300.0, "fail": 100.0, "withholds": "negatives"}}):
        row = judged(tmp_path, SUMMARY.replace("total_region", "x"), limits)["mean_depth"]
        assert (row.value, row.verdict, row.withholds) == (None, "not_assessable", "negatives")
        assert row.note == "mosdepth has seen no target"


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
