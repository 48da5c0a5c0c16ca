"""What reviewers say, laid over invented cases: tiers, comments, findings held back, signatures, and what does not fit."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from report_cases import COLORECTAL, REVIEWS, colorectal, lung, melanoma, review, signed
from tierline.case import Case, KnowledgeRelease, engine_tier, from_json, to_json
from tierline.curation import content_digest, curate, names
from tierline.problems import InputError
from tierline.records import Curation, State, Tier, ToolVersion

FILE = "config/curation.tsv"
HOLD = review("TP53 p.Arg175His", "hold", "III", "held", "to be confirmed")
UP = review("PIK3CA p.Glu545Lys", "tier", "II", "I", "local guideline")


def curated(*rows: Curation, case: Case | None = None) -> Case:
    return curate(case or colorectal(), rows, FILE)


def refused(*rows: Curation, case: Case | None = None) -> list[str]:
    with pytest.raises(InputError) as error:
        curated(*rows, case=case)
    assert all(p.file == FILE and p.row is None and p.remedy for p in error.value.problems)
    return [str(problem) for problem in error.value.problems]


def found(case: Case, gene: str):
    (item,) = [item for item in case.findings if item.finding.gene == gene]
    return item


# --------------------------------------------------------------------------- what fits


def test_without_rows_the_case_is_the_engines() -> None:
    plain, case = colorectal(), curated()
    assert replace(case, content="", genes=plain.genes, conclusion=plain.conclusion) == plain
    assert case.status == "DRAFT" and len(case.content) == 16


def test_another_tier_moves_the_finding_and_keeps_the_engines_beside_it() -> None:
    case = curated(review("SMAD4 p.Ala118Val", "tier", "III", "I", "local guideline"))
    f = found(case, "SMAD4").finding
    assert (f.tier, f.engine_tier, engine_tier(f)) == (Tier.I, "III", Tier.III)
    assert f.review == "Tier I by the reviewer, Tier III by the engine (Dr Example, 2026-01-20: local guideline)"
    assert [item.finding.gene for item in case.findings] == ["KRAS", "SMAD4", "PIK3CA", "TP53"], (
        "ranked by the tier that counts"
    )
    [sentence] = [line for line in case.conclusion if line.startswith("SMAD4")]
    assert sentence.endswith(", 120 of 470 fragments (Tier I, by the reviewer, Tier III by the engine).")
    moved = "The reviewer moved SMAD4 p.Ala118Val from Tier III to Tier I (Dr Example, 2026-01-20: local guideline)."
    assert moved in case.conclusion
    assert [f.engine_tier for f in (item.finding for item in case.findings)] == ["", "III", "", ""]


def test_a_finding_moved_up_to_tier_i_keeps_the_evidence_in_its_sentence() -> None:
    """Weak evidence is left out beside what makes the engine's Tier I; here it is all there is."""
    [sentence] = [line for line in curated(UP).conclusion if line.startswith("PIK3CA")]
    assert "Tier I, by the reviewer, Tier II by the engine, level C" in sentence and "alpelisib + fulvestrant" in sentence


def test_a_finding_moved_down_is_no_longer_concluded_from() -> None:
    case = curated(review("KRAS p.Gly12Asp", "tier", "I", "III", "wrong block"))
    assert not any(line.startswith("KRAS") for line in case.conclusion)
    assert any("(Tier III): KRAS p.Gly12Asp, " in line for line in case.conclusion)


def test_a_finding_held_back_leaves_no_negative() -> None:
    before, case = colorectal(), curated(HOLD)
    assert [item.finding.gene for item in case.findings] == ["KRAS", "PIK3CA", "SMAD4"]
    assert [item.finding.gene for item in case.withheld] == ["TP53"]
    locus, was = (next(row for row in of.loci if row.locus_id == "TP53:p.175") for of in (case, before))
    assert was.state is State.DETECTED
    assert (locus.state, locus.reason, locus.findings) == (State.NOT_ASSESSABLE, "held_by_reviewer", ())
    assert "p.Arg175His held back by the reviewer" in locus.note and "Dr Example, 2026-01-20: to be confirmed" in locus.note
    assert [a for a, b in zip(case.loci, before.loci, strict=True) if a != b] == [locus], "no other locus is touched"
    gene = next(row for row in case.genes if row.gene == "TP53")
    assert (gene.detected, gene.not_assessable) == (0, 1)
    said = " ".join(case.conclusion)
    assert "1 finding was held back by the reviewer" in said and "p.Arg175His" not in said
    assert "a finding there was held back by the reviewer" in said


def test_beside_another_finding_a_locus_stays_detected() -> None:
    case = lung()
    first, second = case.findings[:2]
    both = replace(second, finding=replace(second.finding, locus_ids=first.finding.locus_ids))
    loci = tuple(
        replace(row, findings=("p.Glu746_Ala750del (32.5 %)", "p.Thr790Met (13.6 %)"))
        if row.locus_id == "EGFR:e19"
        else row
        for row in case.loci
    )
    case = replace(case, findings=(first, both, *case.findings[2:]), loci=loci)
    hold = Curation("LUAD-02.hotspot50_tert", "EGFR p.Thr790Met", "hold", "I", "held", "why", "Dr Example", "2026-01-20")
    locus = next(row for row in curated(hold, case=case).loci if row.locus_id == "EGFR:e19")
    assert (locus.state, locus.reason, locus.findings) == (State.DETECTED, "", ("p.Glu746_Ala750del (32.5 %)",))


def test_comments_change_nothing_but_are_seen() -> None:
    rows = [review("KRAS p.Gly12Asp", "comment", "I", "Seen before"), review("", "comment", "", "Discussed")]
    case = curated(*rows)
    assert found(case, "KRAS").finding.review == "comment: Seen before (Dr Example, 2026-01-20)"
    assert found(case, "KRAS").finding.tier is Tier.I
    assert "Comment of the reviewer: Discussed (Dr Example, 2026-01-20)." in case.conclusion
    assert case.comments == (rows[1],) and found(case, "KRAS").reviews == (rows[0],)


@pytest.mark.parametrize("name", ["TERT c.-124C>T", "chr1:1184:A:T"])
def test_a_finding_goes_by_each_of_its_names(name: str) -> None:
    row = replace(UP, case="MEL-01.hotspot50_tert", variant=name)
    assert found(curated(row, case=melanoma()), "TERT").finding.engine_tier == "II"


# --------------------------------------------------------------------------- signatures


def test_a_signature_stands_on_every_part() -> None:
    case = signed()
    assert case.status == "FINAL"
    findings = [item.finding for item in (*case.findings, *case.withheld)]
    assert {row.status for row in (*findings, *case.loci)} == {"FINAL"}
    assert len(findings) == 4 and case.signatures[-1].date == "2026-01-21"
    assert content_digest(case) == case.content == case.signatures[-1].engine_value


def test_what_is_signed_does_not_depend_on_what_it_was_made_with() -> None:
    plain = colorectal()
    other = replace(
        plain,
        tierline_version="9.9",
        tools=(ToolVersion("bwa", "1", "1", "elsewhere", "align"),),
        knowledge=(KnowledgeRelease("example", "2027-01", "2027-01-15", "invented", 43),),
        sample=replace(plain.sample, panels=("hotspot50_tert", "another")),
    )
    assert curated(case=other).content == curated(case=plain).content
    assert curated(case=from_json(to_json(plain))).content == curated(case=plain).content


def changed_cases() -> dict[str, Case]:
    case = colorectal()
    first = case.findings[0]
    trace = (replace(first.trace[0], level_used="B"), *first.trace[1:])
    return {
        "a figure": replace(case, findings=(replace(first, finding=replace(first.finding, depth=541)), *case.findings[1:])),
        "evidence": replace(case, findings=(replace(first, trace=trace), *case.findings[1:])),
        "an answer": replace(case, loci=(replace(case.loci[0], state=State.NOT_ASSESSABLE), *case.loci[1:])),
        "the diagnosis": replace(case, sample=replace(case.sample, tumor_type="READ")),
        "the patient": replace(case, sample=replace(case.sample, patient="OTHER")),
        "quality": replace(case, verdicts=case.verdicts[:1]),
        "the panel": replace(case, panel=replace(case.panel, digest="0" * 64)),
        "a limit": replace(case, limits=case.limits[1:]),
        "the genome": replace(case, reference=replace(case.reference, build="other")),
    }


@pytest.mark.parametrize("what", changed_cases())
def test_a_signature_does_not_hold_over_other_content(what: str) -> None:
    final = review("", "status", curated().content, "FINAL")
    assert curated(final).status == "FINAL"
    case = changed_cases()[what]
    [said] = refused(final, case=case)
    now = curated(case=case).content
    assert now in said and "AMENDED" in said and final.engine_value in said
    again = [final, review("", "status", now, "AMENDED", "reads added", day="2026-02-01")]
    assert curated(*again, case=case).status == "AMENDED"


def test_a_review_after_the_signature_asks_for_another_one() -> None:
    final = review("", "status", curated().content, "FINAL")
    assert "the case has other content now" in refused(final, UP)[0]
    withdrawn = curated(final, UP, review("", "status", "", "DRAFT", "being amended"))
    assert withdrawn.status == "DRAFT" and len(withdrawn.signatures) == 2
    amended = curated(final, UP, review("", "status", withdrawn.content, "AMENDED", "tier"))
    assert amended.status == "AMENDED" and amended.content == withdrawn.content


# --------------------------------------------------------------------------- what does not fit


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    said = refused(
        replace(UP, variant="PIK3CA p.His1047Arg"),
        replace(HOLD, engine_value="II"),
        review("KRAS p.Gly12Asp", "comment", "II", "of an older run"),
    )
    assert len(said) == 3
    assert f"({COLORECTAL}, PIK3CA p.His1047Arg, tier by Dr Example, 2026-01-20) the case has no such finding" in said[0]
    assert "KRAS p.Gly12Asp, PIK3CA p.Glu545Lys, SMAD4 p.Ala118Val and TP53 p.Arg175His" in said[0]
    assert "column engine_value" in said[1] and "the engine's tier is III" in said[1] and "then write III" in said[1]
    assert "the engine's tier is I" in said[2]


def test_an_engine_that_now_agrees_makes_the_row_idle() -> None:
    [said] = refused(review("KRAS p.Gly12Asp", "tier", "II", "I", "why"))
    assert "The engine now says what the reviewer says: take the row out." in said


def test_a_name_of_two_findings_names_none() -> None:
    case = colorectal()
    twin = replace(case.findings[0], finding=replace(case.findings[0].finding, pos1=7, alt="G"))
    [said] = refused(
        review("KRAS p.Gly12Asp", "hold", "I", "held", "why"), case=replace(case, findings=(*case.findings, twin))
    )
    assert "2 findings have this name" in said and "chr1:1540:A:T or chr1:7:A:G" in said


def test_one_finding_is_not_decided_on_under_two_names() -> None:
    other = "chr1:1488:A:T"
    assert other in names(found(colorectal(), "PIK3CA"))
    [said] = refused(UP, review(other, "hold", "II", "held", "why"))
    assert "another row decides on this finding" in said


def test_a_case_without_findings_says_so() -> None:
    [said] = refused(UP, case=replace(colorectal(), findings=()))
    assert "It has no finding." in said


def test_a_curated_case_comes_back_from_its_file() -> None:
    case = signed()
    text = to_json(case)
    assert from_json(text).withheld[0].reviews == case.withheld[0].reviews
    assert to_json(from_json(text)) == text
    assert json.loads(text)["signatures"][0]["person"] == "Dr Example"
    assert [row.field for item in case.findings for row in item.reviews] == ["comment", "tier"]
    assert len(REVIEWS) == 4
