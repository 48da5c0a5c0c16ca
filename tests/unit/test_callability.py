"""Limits of detection by hand, and the four answers."""

import math
from dataclasses import replace
from typing import Any

import pytest
from tierline.callability import Depths, answer, answer_all, gene_coverage
from tierline.panels import Thresholds
from tierline.records import Candidate, Locus, State, VariantClass
from tierline.sensitivity import Sensitivity, limit_by_formula, reads_needed

LIMITS = {field: 0.05 for field in ("claimed_lod_snv", "claimed_lod_mnv", "claimed_lod_indel")}
THRESHOLDS = Thresholds(
    **{
        **{name: 0 for name in Thresholds.__dataclass_fields__},
        **LIMITS,
        "min_vaf": 0.02,
        "min_alt_reads": 5,
        "min_depth": 20,
    }
)
SENSITIVITY = Sensitivity(THRESHOLDS)
LOCUS = Locus("BRAF:p.600", "BRAF", "codon", "chr7", ((100, 103),), True, "")


def exact_power(depth: int, fraction: float, needed: int) -> float:
    return sum(math.comb(depth, k) * fraction**k * (1 - fraction) ** (depth - k) for k in range(needed, depth + 1))


def test_the_limit_at_500_fragments_with_a_5_percent_threshold_is_6_7_percent() -> None:
    assert reads_needed(500, 0.05, 5) == 25
    assert limit_by_formula(500, 0.05, 5) == pytest.approx(0.067, abs=0.0005)


@pytest.mark.parametrize("depth", [10, 57, 200, 1000])
def test_the_limit_is_where_the_binomial_reaches_95_percent(depth: int) -> None:
    limit = limit_by_formula(depth, 0.02, 5)
    needed = reads_needed(depth, 0.02, 5)
    assert limit is not None
    assert exact_power(depth, limit, needed) >= 0.95
    assert exact_power(depth, limit - 1e-4, needed) < 0.95


def test_too_few_fragments_have_no_limit() -> None:
    assert limit_by_formula(4, 0.02, 5) is None


def test_the_threshold_is_not_lifted_by_binary_fractions() -> None:
    assert reads_needed(100, 0.07, 1) == 7  # 0.07 * 100 is 7.000000000000001


DEEP = Depths(400, 400)


def ask(locus: Locus = LOCUS, depths: Depths | None = DEEP, **given):  # type: ignore[no-untyped-def]
    defaults = {"findings": (), "held": (), "purity": 0.6, "failed_qc": ""}
    return answer(locus, depths, SENSITIVITY, **{**defaults, **given})


def candidate(**values) -> Candidate:  # type: ignore[no-untyped-def]
    blank = {name: None for name in Candidate.__dataclass_fields__}
    given = {"technical": (), "hgvsp": "p.Val600Glu", "variant_class": VariantClass.SNV, "fate": "technical", **values}
    return Candidate(**{**blank, **given})


def test_deep_enough_and_nothing_seen_is_not_detected_with_its_limit() -> None:
    row = ask()
    assert (row.state, row.reason) == (State.NOT_DETECTED, "")
    assert row.lod_vaf == pytest.approx(limit_by_formula(400, 0.02, 5))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"depths": Depths(0, 0)}, "depth"),
        ({"depths": None}, "depth"),
        ({"depths": Depths(10, 900)}, "quality"),
        ({"purity": 0.04}, "purity"),
        ({"failed_qc": "mean_depth"}, "failed_qc"),
        ({"held": [candidate(technical=("strand_bias",), alt_depth=40)]}, "candidate_filtered"),
    ],
)
def test_what_cannot_be_assessed_says_why(given: dict, reason: str) -> None:
    row = ask(**given)
    assert (row.state, row.reason) == (State.NOT_ASSESSABLE, reason)
    assert row.note


def test_reads_below_the_threshold_are_shown_and_do_not_make_a_filtered_candidate() -> None:
    row = ask(held=[candidate(technical=("low_alt_reads", "low_vaf"), alt_depth=3, depth=410)])
    assert row.state is State.NOT_DETECTED
    assert "3 of 410" in row.note


def test_unknown_purity_is_said_with_every_negative() -> None:
    assert "purity unknown" in ask(purity=None).note


def test_what_could_have_been_seen_is_rounded_up_in_words() -> None:
    """179 fragments and 5 of them give 5.04 %: not the claimed 5 %, and not to be written so."""
    row = ask(depths=Depths(179, 179))
    assert row.state is State.NOT_ASSESSABLE
    assert row.note == "only 5.1 % could have been seen; the panel claims 5 %"


def test_outside_the_assay_and_outside_the_genome() -> None:
    outside = ask(replace(LOCUS, in_assay=False))
    absent = ask(replace(LOCUS, in_assay=False, intervals=(), problem="gene not in the annotation"))
    assert (outside.state, outside.reason) == (State.NOT_COVERED, "outside_assay")
    assert (absent.state, absent.reason) == (State.NOT_COVERED, "gene_not_in_annotation")
    assert outside.depth is None and outside.lod_vaf is None


def test_genes_are_counted_over_all_four_answers() -> None:
    rows = [ask(), ask(depths=Depths(0, 0)), ask(replace(LOCUS, in_assay=False))]
    silent, gene = gene_coverage(["BRAF", "APC"], rows)
    assert (silent.gene, silent.loci, silent.mean_depth) == ("APC", 0, None)
    assert (gene.loci, gene.detected, gene.not_detected, gene.not_assessable, gene.not_covered) == (3, 0, 1, 1, 1)
    assert gene.mean_depth == 200


NOTHING: dict[str, Any] = dict(findings=(), candidates=(), purity=None, failed_qc="")


def test_where_no_coverage_is_known_nothing_is_negative() -> None:
    [row] = answer_all([LOCUS], None, SENSITIVITY, **NOTHING)
    assert (row.state, row.reason, row.depth, row.lod_vaf) == (State.NOT_ASSESSABLE, "no_coverage_known", None, None)
    [lacking] = answer_all([LOCUS], {}, SENSITIVITY, **NOTHING)
    assert lacking.reason == "depth", "a table that lacks the locus is another matter"
    [outside] = answer_all([replace(LOCUS, in_assay=False)], None, SENSITIVITY, **NOTHING)
    assert (outside.state, outside.reason) == (State.NOT_COVERED, "outside_assay")
