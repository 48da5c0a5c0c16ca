"""Limits of detection as they were measured: where that is worse than the formula it rules, by class and depth."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from test_interpret import THRESHOLDS
from tierline.callability import Depths, answer
from tierline.panels import load_panel
from tierline.paths import RESOURCES
from tierline.records import Locus, MeasuredLimit
from tierline.sensitivity import CLASSES, POWER, Sensitivity, limit_by_formula, load_measured
from tierline.tables import write_rows


def measured(variant_class: str, *times: tuple[int, float]) -> tuple[MeasuredLimit, ...]:
    return tuple(MeasuredLimit(variant_class, depth, t, 195, 200, 0.02, 5, "2026-01-01") for depth, t in times)


PANELS = RESOURCES / "panels"
SEEN = Sensitivity(THRESHOLDS, measured("snv", (100, 1.5), (500, 1.0), (2000, 1.25)) + measured("indel", (100, 1.0)))


@pytest.mark.parametrize(
    ("depth", "times"), [(50, 1.5), (100, 1.5), (101, 1.5), (499, 1.5), (500, 1.0), (501, 1.25), (2000, 1.25), (9000, 1.25)]
)
def test_between_two_measured_depths_the_worse_one_rules(depth: int, times: float) -> None:
    assert SEEN.times(depth, "snv") == times
    formula = limit_by_formula(depth, 0.02, 5)
    assert formula is not None and SEEN.limit(depth, "snv") == pytest.approx(formula * times)


def test_each_class_has_its_own_and_what_was_not_measured_has_the_formula() -> None:
    assert (SEEN.times(300, "indel"), SEEN.times(300, "mnv")) == (1.0, 1.0)
    assert SEEN.limit(300, "indel") == SEEN.limit(300, "mnv") == limit_by_formula(300, 0.02, 5)


def test_a_limit_above_one_is_none() -> None:
    assert limit_by_formula(6, 0.02, 5) == pytest.approx(0.937, abs=0.001)
    assert (SEEN.limit(6, "snv"), SEEN.limit(6, "mnv")) == (None, limit_by_formula(6, 0.02, 5))


def test_other_thresholds_go_by_what_was_measured_and_it_is_said() -> None:
    lower = replace(THRESHOLDS, min_vaf=0.01)
    other = Sensitivity(lower, SEEN.measured)
    assert other.times(100, "snv") == 1.5
    assert other.in_words().endswith("(measured 2026-01-01), under other thresholds than those of this panel.")
    assert ", times 1 to 1.5 by class of variant and depth: " in SEEN.in_words()
    assert ", times 1.5: " in Sensitivity(THRESHOLDS, measured("snv", (100, 1.5), (500, 1.5))).in_words()
    assert "was not measured" in Sensitivity(THRESHOLDS).in_words()
    own = tuple(replace(row, min_vaf=0.01) for row in measured("snv", (100, 2.0)))
    mixed = Sensitivity(lower, SEEN.measured + own)
    assert mixed.times(100, "snv") == mixed.times(2000, "snv") == 2.0


@pytest.mark.parametrize(
    "rows",
    [
        (),
        measured("snv", (100, 1.25)),
        measured("snv", (100, 1.25), (500, 1.25), (2000, 1.25)),
        measured("snv", (100, 1.0), (500, 1.0), (1000, 2.0)),
        measured("snv", (100, 1.5), (240, 1.0), (500, 1.4)) + measured("mnv", (300, 1.3)),
    ],
)
def test_from_the_depth_for_a_claim_on_all_classes_are_seen(rows: tuple[MeasuredLimit, ...]) -> None:
    tried = Sensitivity(THRESHOLDS, rows)
    seen = [d for d in range(1, 4000) if tried.sees(d, 0.05) and tried.sees(d, 0.05, "mnv")]
    enough = next(d for d in seen if len(seen) - seen.index(d) == 4000 - d)
    assert tried.depth_for(("snv", "mnv")) == enough


def test_one_read_more_asked_for_raises_the_limit() -> None:
    quarter = Sensitivity(THRESHOLDS, measured("snv", (100, 1.25)))
    assert [quarter.sees(d, 0.05) for d in (226, 227, 250, 251, 260, 261)] == [False, True, True, False, False, True]
    assert (quarter.depth_for(("snv",)), Sensitivity(THRESHOLDS).depth_for(("snv",))) == (261, 181)
    hopeless = Sensitivity(THRESHOLDS, measured("snv", (100, 2.5)))
    assert hopeless.depth_for(("snv",)) is None and hopeless.depth_for(("mnv",)) == 181


def test_what_is_shipped_was_measured_for_every_class_at_every_depth_and_sees_what_panels_claim() -> None:
    rows = load_measured()
    assert {(row.variant_class, row.depth) for row in rows} == set(product(CLASSES, (100, 500, 2000)))
    assert all(row.called / row.trials >= POWER and row.trials >= 200 for row in rows)
    for panel in ("hotspot50", "solid500", "exome"):
        thresholds = load_panel(PANELS / panel).thresholds
        assert all((row.min_vaf, row.min_alt_reads) == (thresholds.min_vaf, thresholds.min_alt_reads) for row in rows)
        assert Sensitivity(thresholds, rows).depth_for(CLASSES) == 261  # said in panel.yaml


def test_a_negative_needs_every_class_that_the_locus_asks() -> None:
    by_indel = Sensitivity(THRESHOLDS, measured("indel", (100, 2.0)))
    by_mnv = Sensitivity(THRESHOLDS, measured("mnv", (100, 2.0)))
    exon = Locus("G:e2", "G", "exon", "chr1", ((0, 90),), True, "")
    codon = replace(exon, locus_id="G:p.12", type="codon")

    def said(locus: Locus, sensitivity: Sensitivity) -> tuple[str, str, str]:
        row = answer(locus, Depths(300, 300), sensitivity, findings=(), held=(), purity=0.6, failed_qc="")
        return str(row.state), row.reason, row.note

    assert said(codon, by_indel)[0] == "not_detected"
    short = "only 7.0 % could have been seen of {}; the panel claims 5 %"
    assert said(exon, by_indel) == ("not_assessable", "depth", short.format("insertions and deletions"))
    assert said(codon, by_mnv) == ("not_assessable", "depth", short.format("changes of neighbouring bases"))


def test_rows_ascend_by_depth_however_they_are_written(tmp_path: Path) -> None:
    rows = measured("snv", (2000, 1.25), (100, 1.5))
    write_rows(tmp_path / "limits.tsv", MeasuredLimit, rows)
    assert load_measured(tmp_path / "limits.tsv") == rows[::-1]
