"""What the laboratory states: read, refused, tiered, and kept apart from what was measured."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from test_interpret import EXACT, HELD, V600E, case_of, states
from tierline import laboratory
from tierline.case import from_json, to_json
from tierline.curation import content_digest, curate
from tierline.dashboard import cases_frame, summary
from tierline.knowledgediff import Side, case_changes
from tierline.oncotree import OncoTree
from tierline.problems import InputError
from tierline.records import Curation, Evidence, State, Statement, Tier, Variant
from tierline.report import render
from tierline.tiers import index_evidence

GENES = frozenset({"ALK", "BRAF", "CD274", "ERBB2", "EML4", "MSI", "TMB", "HRD", "KRAS", "Chr1p", "ESR1"})


def stated(gene: str, alteration: str, value: str = "detected", unit: str = "", **more: str) -> Statement:
    return Statement("T1", gene, alteration, value, unit, **{"method": "IHC", "date": "2026-01-02", "note": "", **more})


def fact(name: str, gene: str, alteration: str, **more: Any) -> Evidence:
    return replace(EXACT, id=name, gene=gene, alteration=alteration, **more)


# --------------------------------------------------------------------------- one statement


@pytest.mark.parametrize(
    ("statement", "seen"),
    [
        (stated("ALK", "fusion EML4"), Variant("ALK", fusion_partner="EML4")),
        (stated("ALK", "fusion"), Variant("ALK", fusion_partner="?")),
        (stated("ERBB2", "amplification", "14", "copies"), Variant("ERBB2", copy_number_change="amplification")),
        (stated("ERBB2", "overexpression", "3+", "IHC"),
         Variant("ERBB2", biomarker="overexpression", score=3, score_unit="IHC")),
        (stated("CD274", "expression", "60", "TPS"), Variant("CD274", biomarker="expression", score=60, score_unit="%")),
        (stated("MSI", "high"), Variant("MSI", biomarker="high")),
        (stated("Chr1p", "loss"), Variant("Chr1p", biomarker="loss")),
    ],
)  # fmt: skip
def test_what_was_found_is_a_variant(statement: Statement, seen: Variant) -> None:
    assert not list(laboratory.faults(statement, GENES))
    assert list(laboratory.variants_of([statement])) == [(statement, seen)]
    assert laboratory.states_of([statement]) == {}


@pytest.mark.parametrize(
    ("statement", "key"),
    [
        (stated("ALK", "fusion", "not_detected"), "ALK fusion"),
        (stated("CD274", "expression", "0", "TPS"), "CD274 expression"),
        (stated("MSI", "high", "not_detected"), "MSI high"),
        (stated("KRAS", "wild_type"), "KRAS wild_type"),
    ],
)
def test_what_was_not_found_is_no_variant_but_an_answer(statement: Statement, key: str) -> None:
    assert not list(laboratory.faults(statement, GENES))
    assert list(laboratory.variants_of([statement])) == []
    assert laboratory.states_of([statement]) == {key: State.NOT_DETECTED}


@pytest.mark.parametrize(
    ("statement", "column", "words"),
    [
        (stated("HER2", "overexpression"), "gene", "Write ERBB2."),
        (stated("PD-L1", "expression"), "gene", "Write CD274."),
        (stated("dMMR", "high"), "gene", "Write MSI."),
        (stated("alk", "fusion"), "gene", "Did you mean 'ALK'?"),
        (stated("ERRB2", "amplification"), "gene", "Did you mean 'ERBB2'?"),
        (stated("BRAF", "p.Val600Glu"), "alteration", "nothing that the laboratory can state"),
        (stated("BRAF", "mutation"), "alteration", "nothing that the laboratory can state"),
        (stated("ERBB2", "overexpresion"), "alteration", "Did you mean 'overexpression'?"),
        (stated("MSI", "positive"), "alteration", "Write MSI high or low"),
        (stated("ALK", "fusion ALK"), "alteration", "no partner of itself"),
        (stated("CD274", "expression", "60"), "unit", "Write % or CPS or IC or TAP or IHC."),
        (stated("CD274", "expression", "detected", "CPS"), "unit", "a word has no unit"),
        (stated("CD274", "expression", "160", "TPS"), "value", "more than 100 %"),
        (stated("MSI", "high", "12", "mut/Mb"), "unit", "Write %."),
        (stated("HRD", "positive", "42", "%"), "value", "Write detected or not_detected."),
        (stated("ALK", "fusion", "12", "copies"), "value", "Write detected or not_detected."),
        (stated("TMB", "high", "8", "mut/Mb"), "value", "Write low"),
        (stated("CD274", "expression", "0.5", "TPS"), "value", "Write not_detected."),
        (stated("ERBB2", "overexpression", "2+", "IHC"), "value", "no overexpression of HER2"),
        (stated("ERBB2", "low", "3+", "IHC"), "value", "HER2-low is 1+ or 2+"),
        (stated("KRAS", "wild_type", "not_detected"), "value", "is a mutation"),
    ],
)  # fmt: skip
def test_what_cannot_be_stated_is_refused_with_what_to_write(statement: Statement, column: str, words: str) -> None:
    [(at, message, remedy)] = laboratory.faults(statement, GENES)
    assert at == column
    assert words in f"{message} {remedy}"


def test_statements_that_cannot_both_hold_are_found() -> None:
    amplified, negative = stated("ERBB2", "amplification"), stated("ERBB2", "overexpression", "not_detected")
    low, high = stated("TMB", "low", "3", "mut/Mb"), stated("TMB", "high")
    assert list(laboratory.contradictions([amplified, negative])) == [(negative, amplified)]
    assert list(laboratory.contradictions([high, low])) == [(low, high)]
    assert not list(
        laboratory.contradictions([amplified, replace(negative, sample="T2"), stated("ERBB2", "overexpression")])
    )
    assert not list(laboratory.contradictions([low, replace(high, value="not_detected")]))


# --------------------------------------------------------------------------- in a case

ALK = fact("L1", "ALK", "p.Gly1202Arg & fusion", therapy="Drug1")
FUSION = fact("L2", "ALK", "fusion EML4", therapy="Drug2")
NEGATIVE = fact("L3", "BRAF", "p.Val600Glu & ALK !fusion", therapy="Drug3")
ALK_CANDIDATE = replace(V600E, gene="ALK", hgvsc="c.3604G>A", hgvsp="p.Gly1202Arg", chrom="chr2", pos1=7, locus_ids=())


def tiers(case: Any) -> dict[str, str]:
    return {f"{item.finding.gene} {item.finding.hgvsp or 'stated'}": f"{item.finding.tier}{item.finding.level}"
            for item in case.findings}  # fmt: skip


def test_a_fusion_stated_by_the_laboratory_is_tiered_and_makes_a_profile_hold() -> None:
    without = case_of((ALK_CANDIDATE,), (ALK, FUSION))
    assert tiers(without) == {"ALK p.Gly1202Arg": "IIC"}  # nothing answers the fusion
    case = case_of((ALK_CANDIDATE,), (ALK, FUSION), statements=(stated("ALK", "fusion EML4", method="FISH"),))
    assert tiers(case) == {"ALK p.Gly1202Arg": "IA", "ALK stated": "IA"}
    alone = case_of((), (FUSION,), statements=(stated("ALK", "fusion EML4"),))
    assert any(said.startswith("No variant of strong or potential") for said in alone.conclusion)  # of what was measured
    item = next(item for item in case.findings if item.statement)
    assert item.finding.stated == ("EML4::ALK fusion: stated by the laboratory, FISH, 2026-01-02; not measured here")
    assert (item.finding.chrom, item.finding.vaf, item.finding.depth, item.finding.locus_ids) == ("", None, None, ())
    assert states(case) == states(without)  # never the answer for a locus
    assert any("EML4::ALK fusion is stated by the laboratory, FISH" in said for said in case.conclusion)


@pytest.mark.parametrize(
    ("alteration", "tier"),
    [("fusion", "III"), ("fusion EML4", "III"), ("fusion KIF5B", "IIC"), ("amplification", "IIC")],
)
def test_a_fusion_that_was_not_found_is_answered(alteration: str, tier: str) -> None:
    profile = fact("L1", "ALK", "p.Gly1202Arg & fusion EML4", therapy="Drug1")
    case = case_of((ALK_CANDIDATE,), (profile,), statements=(stated("ALK", alteration, "not_detected"),))
    assert tiers(case) == {"ALK p.Gly1202Arg": tier}


@pytest.mark.parametrize(
    ("statements", "tier"),
    [
        ((), "III"),
        ((stated("ALK", "fusion", "not_detected"),), "IA"),
        ((stated("ALK", "fusion EML4", "not_detected"),), "III"),  # another partner was not looked for
        ((stated("ALK", "amplification", "not_detected"),), "III"),
        ((stated("ALK", "fusion"),), "III"),
    ],
)
def test_what_was_not_found_proves_what_names_exactly_it(statements: tuple[Statement, ...], tier: str) -> None:
    case = case_of((V600E,), (NEGATIVE,), statements=statements)
    assert tiers(case)["BRAF p.Val600Glu"] == tier


def test_a_wild_type_that_is_stated_does_not_stand_against_what_was_measured() -> None:
    wild = fact("L4", "BRAF", "p.Val600Glu & KRAS wild_type", therapy="Drug4")
    of_lab = (stated("KRAS", "wild_type"),)
    low = replace(HELD, gene="KRAS", locus_ids=("KRAS:p.12",), hgvsp="p.Gly12Asp")  # seen there and held back
    assert tiers(case_of((V600E, low), (wild,)))["BRAF p.Val600Glu"] == "III"
    assert tiers(case_of((V600E, low), (wild,), statements=of_lab))["BRAF p.Val600Glu"] == "IA"
    found = replace(
        V600E, gene="KRAS", hgvsc="c.35G>A", hgvsp="p.Gly12Asp", locus_ids=("KRAS:p.12",), chrom="chr12", pos1=501
    )
    assert tiers(case_of((V600E, found), (wild,), statements=of_lab))["BRAF p.Val600Glu"] == "III"


def test_every_output_says_that_it_was_not_measured() -> None:
    given = (
        stated("ERBB2", "overexpression", "3+", "IHC", note="membranous <b>"),
        stated("ALK", "fusion", "not_detected", method="FISH"),
    )
    case = case_of((V600E,), (EXACT, fact("L5", "ERBB2", "overexpression")), statements=given)
    again = from_json(to_json(case))
    assert again.findings == case.findings and again.statements == given
    assert [item["statement"] is None for item in json.loads(to_json(case))["findings"]] == [True, False]
    page = render(case)
    assert page.count("not measured here") >= 3
    assert "ERBB2 overexpression (3+ IHC)" in page and "stated by the laboratory, IHC, 2026-01-02" in page
    assert "membranous &lt;b&gt;" in page
    assert "Stated by the laboratory as not found, and not measured here: ALK fusion (FISH, 2026-01-02)." in page
    assert "Nothing was stated by the laboratory." in render(case_of())
    frame = cases_frame([summary(case)], {})
    assert frame.loc["T1.mini", ["tier_I", "stated"]].tolist() == [2, 1]


def test_a_review_keeps_what_the_laboratory_did_not_find() -> None:
    case = case_of((V600E,), (EXACT,), statements=(stated("ALK", "fusion", "not_detected", method="FISH"),))
    comment = Curation("T1.mini", "", "comment", "", "seen", "", "Dr A", "2026-01-20")
    said = "Stated by the laboratory as not found, and not measured here: ALK fusion (FISH, 2026-01-02)."
    assert said in curate(case, [comment], "curation.tsv").conclusion
    assert content_digest(case) != content_digest(case_of((V600E,), (EXACT,)))  # a signature covers it


OF_LAB = (
    stated("MSI", "high", method="PCR"),
    stated("ALK", "fusion EML4", method="FISH"),
    stated("CD274", "expression", "60", "TPS"),
)
OF_MSI = fact("L6", "MSI", "high", therapy="Drug6")


def reviewed(variant: str, field: str, engine: str, own: str) -> Curation:
    return Curation("T1.mini", variant, field, engine, own, "because", "Dr A", "2026-01-20")


@pytest.mark.parametrize(
    ("name", "gene"),
    [
        ("MSI high", "MSI"),
        ("EML4::ALK fusion", "ALK"),  # as the report says it
        ("ALK fusion EML4", "ALK"),  # as findings.tsv says it
        ("CD274 expression (60 TPS)", "CD274"),
        ("CD274 expression", "CD274"),
    ],
)
def test_a_review_names_what_the_laboratory_found(name: str, gene: str) -> None:
    case = case_of((V600E,), (EXACT, OF_MSI, FUSION), statements=OF_LAB)
    tier = {item.finding.gene: item.finding.tier for item in case.findings}[gene]
    moved = curate(case, [reviewed(name, "tier", tier, "II")], "curation.tsv")
    [item] = [item for item in moved.findings if item.reviews]
    assert (item.finding.gene, item.finding.tier, item.finding.engine_tier) == (gene, "II", tier)
    held = curate(case, [reviewed(name, "hold", tier, "held")], "curation.tsv")
    assert [item.finding.gene for item in held.withheld] == [gene]
    assert states(held) == states(case), "it was the answer of no locus"


def test_a_review_of_a_statement_goes_from_the_case_to_the_report() -> None:
    case = case_of((V600E,), (EXACT, OF_MSI, FUSION), statements=OF_LAB)
    rows = [
        reviewed("MSI high", "tier", "I", "II"),
        reviewed("MSI high", "comment", "I", "Seen by IHC too"),
        reviewed("ALK fusion EML4", "hold", "I", "held"),
    ]
    draft = curate(case, rows, "curation.tsv")
    final = curate(case, [*rows, reviewed("", "status", draft.content, "FINAL")], "curation.tsv")
    assert {item.finding.status for item in (*final.findings, *final.withheld)} == {"FINAL"}
    assert "The reviewer moved MSI high from Tier I to Tier II (Dr A, 2026-01-20: because)." in final.conclusion
    assert not any("ALK" in said for said in final.conclusion)
    page = unescape(re.sub(r"<[^>]+>", " ", render(from_json(to_json(final)))))
    assert "Tier II by the reviewer, Tier I by the engine (Dr A, 2026-01-20: because)" in page
    assert "comment: Seen by IHC too (Dr A, 2026-01-20: because)" in page
    of_lab = page.partition("Stated by the laboratory, not measured here")[2].partition("The laboratory vouches")[0]
    assert re.search(r"EML4::ALK fusion\s+found\s+FISH,\s+2026-01-02\s+held back by the reviewer", of_lab)
    held_back = page.partition("What stands here passed every filter, or was stated")[2].partition("Review:")[0]
    assert "EML4::ALK fusion" in held_back and "not measured here" in held_back and "not known" not in held_back
    assert re.search(r"EML4::ALK fusion\s+held back\s+I\s+held\s+because", page), "the table of reviews"


@pytest.mark.parametrize("name", ["MSI low", "ALK fusion", "ALK fusion KIF5B", "ERBB2 overexpression", "::0::", ":0::"])
def test_a_review_of_what_the_laboratory_did_not_find_is_refused(name: str) -> None:
    given = (*OF_LAB, stated("ERBB2", "overexpression", "not_detected"))
    case = case_of((V600E,), (EXACT, OF_MSI, FUSION), statements=given)
    with pytest.raises(InputError, match="no such finding") as error:
        curate(case, [reviewed(name, "tier", "I", "II")], "curation.tsv")
    [problem] = error.value.problems
    assert all(known in problem.remedy for known in ("BRAF p.Val600Glu", "MSI high", "EML4::ALK fusion"))


def test_one_statement_is_not_decided_on_under_two_names() -> None:
    case = case_of((), (FUSION,), statements=OF_LAB)
    rows = [reviewed("ALK fusion EML4", "tier", "I", "II"), reviewed("EML4::ALK fusion", "hold", "I", "held")]
    with pytest.raises(InputError, match="another row decides on this finding"):
        curate(case, rows, "curation.tsv")


def test_statements_without_evidence_are_tier_iii_in_words() -> None:
    case = case_of((), (), statements=(stated("CD274", "expression", "5", "TPS"),))
    [item] = case.findings
    assert "1 finding of unknown clinical significance (Tier III): CD274 expression (5 TPS)." in case.conclusion
    assert (item.finding.tier, item.finding.rule) == (Tier.III, "VUS-BIOMARKER")
    assert item.finding.reason == "CD274 expression (5 %): stated by the laboratory, but no clinical evidence names it."


def test_statements_are_tiered_again_when_the_knowledge_changes() -> None:
    case = case_of((), (FUSION,), statements=(stated("ALK", "fusion EML4"),))
    tree = OncoTree.load()
    old, new = Side(index_evidence([FUSION]), tree, {}, {}, {}, {}), Side(index_evidence([]), tree, {}, {}, {}, {})
    [row] = case_changes(case, old, new, [], {})
    assert (row.gene, row.variant, row.tier_from, row.tier_to) == ("ALK", "EML4::ALK fusion", "I A", "III")
    assert case_changes(case, old, old, [], {}) == []
