"""What a failure withholds is withheld in every output: each metric is pushed past its limit, one by one."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from html import unescape
from pathlib import Path

import pysam
import pytest
from test_interpret import BESIDE_WILD_TYPE, DEEP, EXACT, LOCI, THRESHOLDS, V600E, case_of
from tierline.callability import Depths
from tierline.case import Case, from_json, to_json
from tierline.casequality import measure_case
from tierline.casevcf import write_case
from tierline.changes import changes
from tierline.codingcoverage import CodingExon
from tierline.dashboard import result_table, sample_table, summary, verdict_table, verdicts_json
from tierline.documents import load_schema
from tierline.maf import maf_text
from tierline.metrics import KINDS, METRICS, RESULTS, WITHHOLDS
from tierline.quality import Measured, judge_sample, let_pass, not_seen
from tierline.records import Finding, Judgement, LocusAnswer, Override, ResultVerdict, Source, State, Tier, Verdict
from tierline.report import render
from tierline.sensitivity import Sensitivity
from tierline.tables import read_rows, write_rows
from tierline.withholding import judge_results, overall, withheld

EXON = CodingExon("BRAF", "T1.2", 1, "chr7", 100, 130, "-", 1)
CODING = (([EXON], [[Depths(400, 420)] * 30]),)
FAIL, WARN = 0.5, 0.7  # limits of a metric that is worse when lower; of the others 1 - these


def limits_of(metric: str, withholds: str) -> dict[str, float | str]:
    lower = METRICS[metric].worse == "lower"
    return {"warn": WARN if lower else 1 - WARN, "fail": FAIL if lower else 1 - FAIL, "withholds": withholds}


def verdicts_of(metric: str, withholds: str, step: str) -> list[Verdict]:
    """All metrics well within their limits but one."""
    good = {name: 1.0 if known.worse == "lower" else 0.0 for name, known in METRICS.items()}
    bad = {"pass": good[metric], "warn": 0.6 if METRICS[metric].worse == "lower" else 0.4}
    bad["fail"] = 1 - good[metric]
    measured = {name: Measured(value, 1000, "reads") for name, value in (good | {metric: bad[step]}).items()}
    limits = {name: limits_of(name, withholds if name == metric else known.withholds) for name, known in METRICS.items()}
    return list(judge_sample("T1", measured, limits, of=KINDS))


def case_under(verdicts: list[Verdict], **given: object) -> Case:
    values = {"evidence": (EXACT, replace(BESIDE_WILD_TYPE, id="W1")), "coding": CODING} | given
    return case_of(verdicts=tuple(verdicts), **values)  # type: ignore[arg-type]


def in_vcf(case: Case, path: Path) -> tuple[list[tuple[list[str], str, str]], str]:
    """FILTER, FATE and TIER of each record of the case's VCF; its header."""
    write_case(path, case)
    with pysam.VariantFile(str(path)) as vcf:
        rows = [(list(row.filter), row.info["FATE"], row.info.get("TIER", "")) for row in vcf]
        return rows, str(vcf.header)


def shown(html: str, section: str) -> str:
    """The text of a section of the report."""
    found = re.search(rf'<(details|section) id="{section}".*?</\1>', html, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split()) if found else ""


@pytest.mark.parametrize("withholds", WITHHOLDS)
@pytest.mark.parametrize("metric", METRICS)
def test_a_failure_withholds_its_results_everywhere(tmp_path: Path, metric: str, withholds: str) -> None:
    case = case_under(verdicts_of(metric, withholds, "fail"))
    gone = set(WITHHOLDS[withholds])

    findings, loci = tmp_path / "findings.tsv", tmp_path / "loci.tsv"
    write_rows(findings, Finding, [item.finding for item in case.findings])
    write_rows(loci, LocusAnswer, case.loci)
    found = list(read_rows(findings, Finding))
    answers = {row.locus_id: row for row in read_rows(loci, LocusAnswer)}
    assert [row.hgvsp for row in found] == ([] if "findings" in gone else ["p.Val600Glu"])
    negatives = {row.locus_id for row in answers.values() if row.state is State.NOT_DETECTED}
    assert negatives == (set() if "hotspot_negatives" in gone else {"KRAS:p.12", "KRAS:p.61", "TERT:c.-124"})
    for row in answers.values():
        if row.state is State.NOT_ASSESSABLE:
            assert (row.reason, row.note) == ("failed_qc", metric)
    assert (answers["BRAF:p.600"].state is State.DETECTED) == ("findings" not in gone)
    wild_type = [m for item in case.findings for m in item.trace if m.evidence.id == "W1" and m.level_used]
    assert bool(wild_type) == (not {"findings", "hotspot_negatives"} & gone)  # wild type is a negative, too

    written = from_json(to_json(case), "x.json")
    assert (written.results, written.findings, written.coding) == (case.results, case.findings, case.coding)
    assert {row.result for row in case.results if row.verdict is Judgement.FAIL} == gone
    assert all(row.metrics == (metric,) for row in case.results)
    assert case.ledger_counts == {"finding": 1}  # what the reads show stays told
    assert [c.technical for c in case.held_candidates] == ([("failed_qc",)] if "findings" in gone else [])
    [gene] = case.coding
    assert (gene.seen_at_claim, gene.seen_at_5_percent) == ((0, 0) if "coding_negatives" in gone else (30, 30))
    assert {hole.reason for hole in case.holes} == ({"failed_qc"} if "coding_negatives" in gone else set())

    html = render(case)
    assert html.index('id="verdict"') < html.index('id="case_head"')
    verdict = shown(html, "verdict")
    assert metric.replace("_", " ") in verdict and "fails" in verdict
    assert [verdict.count(f"{said} withheld") for said in RESULTS.values()] == [int(result in gone) for result in RESULTS]
    assert ("BRAF" in shown(html, "findings")) == ("findings" not in gone)
    assert ("KRAS" in shown(html, "negatives")) == ("hotspot_negatives" not in gone)
    said = shown(html, "conclusion")
    assert said.startswith(f"Conclusion Quality control failed for T1: {metric.replace('_', ' ')}")
    assert ("no variant was detected" in said) == ("hotspot_negatives" not in gone)
    assert ("BRAF p.Val600Glu was detected" in said) == ("findings" not in gone)
    assert ("Drug" in said) == ("findings" not in gone)

    [row] = json.loads(sample_table([summary(case)], []))["data"].values()
    assert row["tier_I"] == (0 if "findings" in gone else 1)
    assert row["callable"] == 100 * sum(r.state in (State.DETECTED, State.NOT_DETECTED) for r in case.loci) / 4
    assert f'"{metric}": "fail (' in verdict_table([summary(case)])
    [row] = json.loads(result_table([case.results]))["data"].values()
    assert {name for name in RESULTS if row[name] == "fail"} == gone
    assert row["verdict"] == ("fail" if gone else "warn") and metric.replace("_", " ") in row["why"]

    assert ("BRAF\t" in maf_text(case)) == ("findings" not in gone)
    rows, header = in_vcf(case, tmp_path / "case.vcf.gz")
    assert rows == [(["failed_qc"], "technical", "") if "findings" in gone else (["PASS"], "finding", "I")]
    assert "##tierline_candidates_finding=1 of 1 are here" in header
    [lims] = json.loads(verdicts_json([summary(case)], [], []))["cases"]
    assert {row["result"] for row in lims["results"] if row["verdict"] == "fail"} == gone
    assert [row["withholds"] for row in lims["metrics"] if row["verdict"] == "fail"] == [
        "" if withholds == "nothing" else withholds
    ]
    since = changes(case_under(verdicts_of(metric, withholds, "pass")), case)
    wild_type_lost = "hotspot_negatives" in gone and "findings" not in gone
    assert {row.topic for row in since} == (
        {"quality"} | ({"evidence"} if wild_type_lost else set()) | ({"answer"} if "hotspot_negatives" in gone else set())
        | ({"coverage"} if "coding_negatives" in gone else set()) | ({"call", "candidate"} if "findings" in gone else set())
    )  # fmt: skip


@pytest.mark.parametrize("metric", METRICS)
def test_a_warning_is_told_and_withholds_nothing(metric: str) -> None:
    case, sound = (
        case_under(verdicts_of(metric, "everything", "warn")),
        case_under(verdicts_of(metric, "everything", "pass")),
    )
    assert {row.verdict for row in case.results} == {Judgement.WARN}
    assert {row.verdict for row in sound.results} == {Judgement.PASS}
    assert (case.findings, case.loci, case.coding, case.conclusion) == (
        sound.findings, sound.loci, sound.coding, sound.conclusion
    )  # fmt: skip
    assert "may be reported, with the remark" in shown(render(case), "verdict")
    assert "Quality control: passed" in shown(render(sound), "verdict")


DR_A = "Dr A, 2026-01-20: hotspots looked at"  # and what follows, which the tables write with a comma


@pytest.mark.parametrize("step", ["fail", "warn", "pass"])
@pytest.mark.parametrize("metric", METRICS)
def test_what_somebody_lets_pass_withholds_nothing_and_is_never_silent(tmp_path: Path, metric: str, step: str) -> None:
    override = Override("T1", metric, "Dr A", "hotspots looked at; no artefact", "2026-01-20")
    others = [replace(override, sample="T2"), replace(override, metric=next(name for name in METRICS if name != metric))]
    verdicts = verdicts_of(metric, "everything", step)
    by_others = list(let_pass(verdicts, others[:1]))
    assert by_others == verdicts
    case = case_under(list(let_pass(verdicts, [override])))
    assert {row.metric: row.override for row in case.verdicts if row.override} == {metric: f"{DR_A}; no artefact"}
    write_rows(tmp_path / "results.tsv", ResultVerdict, case.results)
    assert f"{DR_A}, no artefact" in (tmp_path / "results.tsv").read_text()
    assert [row.verdict for row in case.verdicts] == [row.verdict for row in verdicts], "the word stays"
    assert [item.finding.hgvsp for item in case.findings] == ["p.Val600Glu"]
    assert sum(row.state is State.NOT_DETECTED for row in case.loci) == 3 and case.holes == ()
    for result in case.results:
        assert (result.verdict, result.metrics, result.overrides) == (Judgement.WARN, (metric,), (metric,))
    html = render(case)
    assert DR_A in shown(html, "verdict") and DR_A in shown(html, "quality")
    assert (DR_A in shown(html, "conclusion")) == (step == "fail")
    assert DR_A in unescape(verdict_table([summary(case)]))


VCF = (Source("T1.vcf.gz", "calls", "mutect2", "T1", "", None, "0" * 64),)
NOT_SEEN = "sequencing quality not seen: the sample came as a VCF"


@pytest.mark.parametrize("metric", [name for name, known in METRICS.items() if known.of != "case"])
def test_of_a_vcf_no_metric_of_reads_passes_or_fails(metric: str) -> None:
    """Negatives go by the coverage that came with it: here it did, so what decides in a sample with reads does not."""
    limits = {metric: limits_of(metric, "everything")}
    verdicts = list(judge_sample("T1", not_seen(limits), limits, of=KINDS))
    assert {row.metric for row in verdicts} == {metric, "mean_depth"}
    assert {(row.value, row.verdict, row.withholds, row.note) for row in verdicts} == {
        (None, "not_assessed", "", "the sample came as a VCF")
    }
    case = case_under(verdicts, sources=VCF)
    assert [item.finding.hgvsp for item in case.findings] == ["p.Val600Glu"]
    assert sum(row.state is State.NOT_DETECTED for row in case.loci) == 3 and case.coding[0].seen_at_claim == 30
    assert {(row.verdict, row.reasons) for row in case.results} == {(Judgement.WARN, (NOT_SEEN,))}
    page = render(case)
    assert shown(page, "verdict").startswith(f"Quality verdict Quality control: not assessed – {NOT_SEEN}")
    assert "not assessed" in shown(page, "quality") and NOT_SEEN in unescape(result_table([case.results]))
    assert f'"{metric}": "not assessed (the sample came as a VCF' in verdict_table([summary(case)])


def test_a_vcf_without_coverage_gives_no_negative_and_says_so() -> None:
    verdicts = list(judge_sample("T1", not_seen({}), {}))
    assert [row.metric for row in verdicts] == ["mean_depth"]
    case = case_under(verdicts, sources=VCF, depths=None, coding=())
    assert {row.result: row.verdict for row in case.results} == {
        "findings": Judgement.WARN, "hotspot_negatives": Judgement.NOT_GIVEN, "coding_negatives": Judgement.NOT_GIVEN,
    }  # fmt: skip
    assert case.results[1].reasons == ("no negative is given: no coverage came with the VCF", NOT_SEEN)
    assert overall(case.results) is Judgement.WARN
    assert not any(row.state is State.NOT_DETECTED for row in case.loci) and case.findings
    verdict = shown(render(case), "verdict")
    assert verdict.count("not given") == 2 and "no coverage came with the VCF" in verdict
    [row] = json.loads(result_table([case.results]))["data"].values()
    assert (row["verdict"], row["findings"], row["hotspot_negatives"]) == ("warn", "warn", "not given")


def test_coverage_that_came_with_a_vcf_is_judged() -> None:
    """The assay may ask that so much of its targets was deep enough; that is measured on whatever coverage there is."""
    limits = {name: limits_of(name, "negatives") for name in ("targets_at_claim", "technical_fraction", "mean_depth")}

    def judged(depths: object, bases: Counter[int] | None) -> dict[str, Verdict]:
        measured = measure_case(LOCI, depths, bases, [V600E], None, Sensitivity(THRESHOLDS))  # type: ignore[arg-type]
        rows = judge_sample("T1", not_seen(limits) | measured, limits, of=KINDS)
        return {row.metric: row for row in rows}

    low = judged(DEEP, Counter({10: 60, 400: 40}))
    assert (low["targets_at_claim"].verdict, low["targets_at_claim"].withholds) == ("fail", "negatives")
    assert (low["technical_fraction"].verdict, low["technical_fraction"].withholds) == ("not_assessed", "")
    assert judged(DEEP, Counter({400: 40}))["targets_at_claim"].verdict == "pass"
    unknown = judged(None, None)["targets_at_claim"]
    assert (unknown.verdict, unknown.withholds, unknown.note) == ("not_assessable", "", "no coverage came with the VCF")
    case = case_under(list(low.values()), sources=VCF)
    assert not any(row.state is State.NOT_DETECTED for row in case.loci) and case.findings
    assert "Quality control: failed" in shown(render(case), "verdict")


def test_a_negative_conclusion_is_no_conclusion_of_a_failed_sample() -> None:
    said = " ".join(case_of((), verdicts=tuple(verdicts_of("mean_depth", "negatives", "fail"))).conclusion)
    assert "was detected at the loci that could be assessed" not in said
    assert "since the sample failed, nothing may be concluded from that" in said
    assert "no negative statement" in said


def row(metric: str, verdict: str, **given: object) -> Verdict:
    values = {"sample": "T1", "value": 1.0, "unit": "fragments", "warn": 3.0, "fail": 2.0, "withholds": ""} | given
    return Verdict(metric=metric, verdict=verdict, **values)  # type: ignore[arg-type]


def test_what_the_normal_failed_is_a_remark() -> None:
    results = judge_results([row("mean_depth", "fail", sample="N1")], "T1", "mini")
    assert {result.verdict for result in results} == {Judgement.WARN}
    assert results[0].reasons == ("mean depth of N1 1 fragments, fails below 2 fragments",)


def test_what_cannot_be_assessed_is_a_remark_where_it_has_limits() -> None:
    unknown = row("contamination", "not_assessable", value=None, measured_on=3, note="3 common sites are too few")
    results = judge_results([unknown], "T1", "mini")
    assert (overall(results), results[0].reasons) == (
        Judgement.WARN, ("contamination not assessable (3 common sites are too few)",)
    )  # fmt: skip
    assert overall(judge_results([replace(unknown, warn=None, fail=None)], "T1", "mini")) is Judgement.PASS
    assert overall(judge_results([row("on_target_fraction", "not_judged")], "T1", "mini")) is Judgement.PASS


def test_two_failures_are_both_named() -> None:
    rows = [row("mean_depth", "fail", withholds="negatives"), row("contamination", "fail", withholds="everything")]
    assert withheld(rows, "T1") == {
        "findings": "contamination", "hotspot_negatives": "mean_depth; contamination",
        "coding_negatives": "mean_depth; contamination",
    }  # fmt: skip
    assert withheld(rows, "T2") == {}
    results = {result.result: result for result in judge_results(rows, "T1", "mini")}
    assert results["findings"].metrics == ("contamination",)
    assert results["coding_negatives"].metrics == ("mean_depth", "contamination")


def test_the_schema_and_the_code_have_one_vocabulary() -> None:
    allowed = load_schema("assay")["$defs"]["limits"]["properties"]["withholds"]["enum"]
    assert allowed == list(WITHHOLDS) and {metric.withholds for metric in METRICS.values()} <= set(WITHHOLDS)
    assert {result for results in WITHHOLDS.values() for result in results} == set(RESULTS)


def test_tier_one_needs_its_wild_type(tmp_path: Path) -> None:
    """The harness: with sound metrics the profile with a wild-type part holds, so its loss above means something."""
    case = case_under(verdicts_of("mean_depth", "negatives", "pass"))
    assert case.findings[0].finding.tier is Tier.I
    assert any(m.evidence.id == "W1" and m.level_used for m in case.findings[0].trace)
    write_rows(tmp_path / "results.tsv", ResultVerdict, case.results)
    assert tuple(read_rows(tmp_path / "results.tsv", ResultVerdict)) == case.results
    assert V600E.fate == "finding"
