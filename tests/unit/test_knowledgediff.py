"""Two states of the knowledge: which facts differ, and which findings of a finished case would be tiered otherwise.

The cases are made by ``interpret`` itself (``test_interpret.py``), so that what it showed the engine and what a case
file still has of it are compared.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_interpret import EXACT, GENES, RECURRENT, TERT, TREE, V600E, case_of
from tierline import knowledgediff
from tierline.case import Case, from_json, to_json
from tierline.curation import curate
from tierline.knowledgediff import CaseChange, Side, case_changes, fact_changes, summary
from tierline.records import Axis, Candidate, Curation, Evidence, Tier
from tierline.tiers import index_evidence

LENGTHS = {"BRAF": 766}
WORSE = replace(EXACT, id="X2", axis=Axis.PROGNOSTIC, effect="worse", therapy="", level="C")
PART = replace(EXACT, id="X3", gene="TERT", alteration="c.-124C>T", tumor_types=("MEL",), level="C")
KRAS = replace(
    V600E,
    chrom="chr12",
    pos1=500,
    ref="C",
    alt="A",
    gene="KRAS",
    hgvsc="c.34G>T",
    hgvsp="p.Gly12Cys",
    locus_ids=("KRAS:p.12",),
)
ANY_KRAS = replace(EXACT, id="X6", gene="KRAS", alteration="mutation", therapy="Second", level="B")
ANY_KRAS_12 = replace(ANY_KRAS, alteration="codon 12")
WILD = replace(EXACT, id="X4", alteration="p.Val600Glu & KRAS wild_type", level="A")
COMMON = replace(V600E, population_af=0.2, population_group="nfe", population_an=10_000, hgvsp="p.Val600Met")


def side(*facts: Evidence) -> Side:
    return Side(index_evidence(facts), TREE, dict.fromkeys(GENES, "oncogene"), RECURRENT, {"kras2": "KRAS"}, {})


def told(case: Case, old: tuple[Evidence, ...], new: tuple[Evidence, ...]) -> list[CaseChange]:
    read_again = from_json(to_json(case))
    return case_changes(read_again, side(*old), side(*new), fact_changes(old, new), LENGTHS)


# --------------------------------------------------------------------------- facts


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ((), (EXACT,), ("came", "", "A", "")),
        ((EXACT,), (), ("went", "A", "", "")),
        ((EXACT,), (replace(EXACT, level="C"),), ("level", "A", "C", "")),
        ((EXACT,), (replace(EXACT, therapy="Other"),), ("changed", "A", "A", "therapy: Drug -> Other")),
        (
            (EXACT,),
            (replace(EXACT, tumor_types=("MEL", "UM"), level="B"),),
            ("level", "A", "B", "tumor_types: MEL -> MEL,UM"),
        ),
        ((EXACT,), (replace(EXACT, withdrawn_on="2024-07-15"),), ("changed", "A", "A", "withdrawn_on: none -> 2024-07-15")),
        ((EXACT,), (replace(EXACT, supports=False),), ("changed", "A", "A", "supports: True -> False")),
    ],
)
def test_every_kind_of_change(old: tuple[Evidence, ...], new: tuple[Evidence, ...], expected: tuple[str, ...]) -> None:
    [row] = fact_changes(old, new)
    assert (row.change, row.level_from, row.level_to, row.what) == expected
    assert (row.id, row.gene, row.axis) == ("X1", "BRAF", "sensitivity")


def test_what_no_tier_depends_on_is_no_change() -> None:
    assert fact_changes([EXACT], [replace(EXACT, setting="x", source_date="2030", read_on="2030-01-01")]) == []


def test_one_id_in_two_sources_is_two_facts() -> None:
    rows = fact_changes([replace(EXACT, knowledge="a")], [replace(EXACT, knowledge="b")])
    assert [(row.change, row.source) for row in rows] == [("went", "a"), ("came", "b")]
    assert summary(rows) == "1 facts came, 1 went, 0 changed level, 0 changed otherwise."


# --------------------------------------------------------------------------- cases


@pytest.mark.parametrize(
    "candidates", [(V600E,), (V600E, TERT), (V600E, KRAS, TERT), (COMMON,), (replace(V600E, hgvsp="p.Val600Met"),)]
)
def test_a_case_tiered_again_from_its_file_has_the_tiers_that_interpret_gave(candidates: tuple[Candidate, ...]) -> None:
    """The control: with the knowledge of the report nothing differs, neither from the report nor from itself."""
    evidence = (EXACT, WORSE, PART, WILD, ANY_KRAS)
    case = case_of(candidates, evidence)
    assert told(case, evidence, evidence) == []
    rows = told(case, evidence, (*evidence, replace(EXACT, id="X9", gene="TP53", alteration="mutation")))
    assert rows == []
    everything_changed = told(case, evidence, ())
    assert all(row.reported == "" for row in everything_changed)
    carried = [item for item in case.findings if item.finding.tier in (Tier.I, Tier.II)]
    assert {row.gene for row in everything_changed} == {item.finding.gene for item in carried}


def test_a_case_that_names_a_gene_by_a_former_symbol_is_tiered_again_by_the_present_one() -> None:
    named = replace(KRAS, gene="KRAS2", locus_ids=())
    case = case_of((V600E, named), (WILD,), aliases={"kras2": "KRAS"})
    assert told(case, (WILD,), (WILD,)) == [], "it is no wild type here either"
    [row] = told(case, (), (ANY_KRAS_12,))
    assert (row.gene, row.variant, row.tier_from, row.tier_to) == ("KRAS2", "p.Gly12Cys", "III", "I B")


def test_the_oncogenicity_of_the_report_makes_a_driver_when_tiered_again() -> None:
    """As ``interpret`` showed it the engine; without a hotspot here, so that nothing else makes it one."""
    any_braf = replace(EXACT, id="X7", alteration="mutation", level="B")
    case = case_of((V600E,), (any_braf,))
    was, now = (replace(side(*facts), hotspots={}) for facts in ((any_braf,), ()))
    (row,) = case_changes(case, was, now, fact_changes((any_braf,), ()), LENGTHS)
    assert (row.reported, row.tier_from, row.tier_to) == ("", "I B", "III")


def test_a_fact_that_came_lifts_a_tier_and_is_named() -> None:
    case = case_of((V600E,), ())
    assert told(case, (), (EXACT,)) == [
        CaseChange("T1", "mini", "BRAF", "p.Val600Glu", "MEL", "", "III", "I A", "X1 came (A sensitivity Drug)")
    ]


@pytest.mark.parametrize(
    ("new", "tier", "why"),
    [
        ((), "III", "X1 went (A sensitivity Drug)"),
        ((replace(EXACT, level="C"),), "II C", "X1 changed level A -> C (C sensitivity Drug)"),
        ((replace(EXACT, tumor_types=("LUAD",)),), "II C",
         "X1 counts otherwise (tumor_types: MEL -> LUAD) (C sensitivity Drug)"),
        ((replace(EXACT, alteration="p.Val600Lys"),), "III",
         "X1 no longer holds (alteration: p.Val600Glu -> p.Val600Lys) (A sensitivity Drug)"),
        ((EXACT, WORSE), "I A", "X2 came (C prognostic worse)"),  # the tier stays, the report has more to say
        ((EXACT, replace(EXACT, id="X5", level="D")), None, ""),  # the same therapy, weaker: nothing to say
    ],
)  # fmt: skip
def test_what_becomes_of_a_finding(new: tuple[Evidence, ...], tier: str | None, why: str) -> None:
    rows = told(case_of((V600E,), (EXACT,)), (EXACT,), new)
    assert [(row.tier_from, row.tier_to, row.why) for row in rows] == ([("I A", tier, why)] if tier else [])


def test_the_parts_of_an_mnv_are_found_again_without_its_strand() -> None:
    """TERT c.-124_-123delinsAT on the minus strand holds no c.-124C>T; with TT it would."""
    hit = replace(TERT, ref="GA", alt="AA", hgvsc="c.-125_-124delinsTT")
    for candidate, expected in ((TERT, "III"), (hit, "II C")):
        case = case_of((candidate,), (PART,))
        assert f"{case.findings[0].finding.tier} {case.findings[0].finding.level}".strip() == expected
        assert [row.reported for row in told(case, (PART,), ())] == ([""] if expected == "II C" else [])


def test_wild_type_is_taken_from_the_answers_of_the_case() -> None:
    alone, beside = case_of((V600E,), (WILD,)), case_of((V600E, KRAS), (WILD,))
    assert [row.tier_from for row in told(alone, (WILD,), ())] == ["I A"]
    assert told(beside, (WILD,), ()) == []


def test_a_variant_common_in_the_population_stays_tier_iv() -> None:
    case = case_of((COMMON,), ())
    assert case.findings[0].finding.rule == knowledgediff.FROM_POPULATION
    assert told(case, (), (replace(EXACT, alteration="p.Val600Met"),)) == []


def test_a_report_of_other_knowledge_says_what_it_has() -> None:
    case = case_of((V600E,), (replace(EXACT, level="B"),))
    [row] = told(case, (), (EXACT,))
    assert (row.reported, row.tier_from, row.tier_to) == ("I B", "III", "I A")


def test_what_a_reviewer_said_is_no_change_of_knowledge() -> None:
    """A tier that was set, a finding that was held back: both are compared by the engine's own word."""
    facts = (EXACT, replace(EXACT, id="X8", gene="KRAS", alteration=KRAS.hgvsp))
    case = case_of((V600E, KRAS), facts)
    said = [
        Curation("T1.mini", variant, field, "I", own, "why", "Dr A", "2026-01-20")
        for variant, field, own in (("BRAF p.Val600Glu", "tier", "III"), (f"KRAS {KRAS.hgvsp}", "hold", "held"))
    ]
    reviewed = curate(case, said, "curation.tsv")
    assert [item.finding.gene for item in reviewed.withheld] == ["KRAS"]
    assert told(reviewed, facts, facts) == []
    went = told(reviewed, facts, ())
    assert sorted(went, key=str) == sorted(told(case, facts, ()), key=str) and len(went) == 2
    assert {row.reported for row in went} == {""}


def test_long_reasons_are_cut() -> None:
    new = tuple(replace(EXACT, id=f"N{number}", therapy=f"Drug{number}") for number in range(8))
    [row] = told(case_of((V600E,), ()), (), new)
    assert row.why.endswith("and 4 more")


def test_a_finding_that_is_oncogenic_by_its_points_is_so_again() -> None:
    """The case file has the class; a fact on any oncogenic change of the gene rests on it, with no hotspot beside it."""
    from tierline.knowledge import load_oncogenicity_tables

    candidate = replace(V600E, gene="KRAS", hgvsc="c.34G>T", hgvsp="p.Gly12Cys", locus_ids=())
    case = case_of((candidate,), (ANY_KRAS,), oncogenicity=load_oncogenicity_tables())
    assert case.findings[0].finding.tier is Tier.I
    [row] = told(case, (ANY_KRAS,), ())
    assert (row.reported, row.tier_from, row.tier_to) == ("", "I B", "III")
