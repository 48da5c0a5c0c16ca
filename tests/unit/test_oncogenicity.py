"""Every criterion and every exclusion of the oncogenicity standard, on tables made for it; values computed by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tierline.knowledge import OncogenicityTables
from tierline.knowledge._hotspots import HotspotIndel, HotspotResidue
from tierline.knowledge._oncogenicity import (
    CodingEnd,
    CriticalDomain,
    Established,
    FunctionalFact,
    GeneTables,
    Prediction,
    RecurrentElsewhere,
    SingleAetiology,
)
from tierline.oncogenicity import CRITERIA, EXCLUSIONS, assess, classify
from tierline.records import Criterion, Oncogenicity, Variant

V600E = Variant("G", hgvsc="c.1799T>A", hgvsp="p.Val600Glu")
STOP = Variant("G", hgvsp="p.Arg100Ter")
DISTANCES = {("V", "E"): 121, ("V", "M"): 21, ("V", "K"): 97, ("V", "A"): 64}


def fact(effect: str = "gain", stars: int = 3, source: str = "PMID 1", alteration: str = "p.Val600Glu") -> FunctionalFact:
    return FunctionalFact("G", alteration, effect, stars, source, "made", "2026-01-01")


def residue(total: int, **counts: int) -> dict[str, Any]:
    """Tables of a gene whose codon 600 (Val) is recurrent; ``counts`` by one-letter amino acid."""
    three = {"E": "Glu", "M": "Met", "K": "Lys", "A": "Ala"}
    row = HotspotResidue("G", 600, "V", tuple(f"{a}:{n}" for a, n in counts.items()), total, 0.0, "T")
    return {"residues": {600: row}, "counts": {f"p.Val600{three[a]}": n for a, n in counts.items()}}


DOMAIN = {"domains": (CriticalDomain("G", 594, 600, "activation segment", "made", "made", "2026-01-01"),)}
ESTABLISHED = {"established": {"p.Val600Glu": (Established("G", "p.Val600Glu", "c.1799_1800delinsAA", "made"),)}}


def look(variant: Variant, tumor_type: str = "", **gene: Any) -> Oncogenicity:
    return assess(variant, OncogenicityTables({"G": GeneTables(**gene)}, DISTANCES), tumor_type)


def met(variant: Variant, tumor_type: str = "", **gene: Any) -> list[str]:
    return [c.id for c in look(variant, tumor_type, **gene).criteria if c.state == "met"]


def one(name: str, variant: Variant, tumor_type: str = "", **gene: Any) -> Criterion:
    return next(c for c in look(variant, tumor_type, **gene).criteria if c.id == name)


# --------------------------------------------------------------------------- points and classes


def test_the_criteria_are_those_of_the_paper_with_their_points() -> None:
    points = {
        "OVS1": 8, "OS1": 4, "OS2": 4, "OS3": 4, "OM1": 2, "OM2": 2, "OM3": 2, "OM4": 2,
        "OP1": 1, "OP2": 1, "OP3": 1, "OP4": 1,
        "SBVS1": -8, "SBS1": -4, "SBS2": -4, "SBP1": -1, "SBP2": -1,
    }  # fmt: skip
    assert {name: rule.points for name, rule in CRITERIA.items()} == points
    assert all(rule.statement and "35101336" in rule.source for rule in CRITERIA.values())


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (10, "oncogenic"),
        (9, "likely_oncogenic"),
        (6, "likely_oncogenic"),
        (5, "vus"),
        (0, "vus"),
        (-1, "likely_benign"),
        (-6, "likely_benign"),
        (-7, "benign"),
    ],
)
def test_classes(points: int, expected: str) -> None:
    assert classify(points) == expected


def test_every_criterion_is_answered_with_a_reason_and_only_a_met_one_counts() -> None:
    found = look(replace(V600E, population_af=0.0), functional={"p.Val600Glu": (fact(),)}, **residue(60, E=50))
    assert [c.id for c in found.criteria] == list(CRITERIA)
    assert all(c.why and c.state in ("met", "not_met", "not_assessed") for c in found.criteria)
    assert {c.id: c.points for c in found.criteria if c.points} == {"OS2": 4, "OS3": 4, "OP4": 1}
    assert (found.points, found.classification) == (9, "likely_oncogenic")


def test_a_gene_without_tables_is_answered_the_same_way() -> None:
    """The quick path and the full one agree where nothing is known."""
    for af in (None, 0.0, 0.0001, 0.001, 0.02, 0.06):
        variant = Variant("NONE", hgvsp="p.Arg1His", population_af=af)
        quick = assess(variant, OncogenicityTables({}, {}))
        full = assess(variant, OncogenicityTables({"NONE": GeneTables()}, {}))
        assert (quick.points, quick.classification) == (full.points, full.classification)
        assert [c for c in quick.criteria if c.points] == [c for c in full.criteria if c.points]


# --------------------------------------------------------------------------- each criterion


@pytest.mark.parametrize(
    ("variant", "role", "state"),
    [
        (STOP, "tumour_suppressor", "met"),
        (STOP, "both", "met"),
        (STOP, "oncogene", "not_met"),
        (STOP, "", "not_assessed"),
        (Variant("G", hgvsp="p.Arg100fs"), "tumour_suppressor", "met"),
        (Variant("G", hgvsp="p.Met1?"), "tumour_suppressor", "met"),
        (Variant("G", hgvsc="c.100+1G>A"), "tumour_suppressor", "met"),
        (Variant("G", hgvsc="c.100+3G>A"), "tumour_suppressor", "not_met"),
        (Variant("G", copy_number_change="deletion"), "tumour_suppressor", "met"),
        (V600E, "tumour_suppressor", "not_met"),
        (replace(STOP, hgvsp="p.Arg960Ter", exon=9, exon_count=9, protein_length=1000), "tumour_suppressor", "not_met"),
        (replace(STOP, hgvsp="p.Arg700Ter", exon=9, exon_count=9, protein_length=1000), "tumour_suppressor", "met"),
    ],
)
def test_ovs1(variant: Variant, role: str, state: str) -> None:
    assert one("OVS1", variant, role=role, role_source="made").state == state


@pytest.mark.parametrize(
    ("change", "state"),
    [("p.Arg950Ter", "not_met"), ("p.Arg949Ter", "met"), ("p.Arg901Ter", "met"), ("p.Arg960fs", "not_met")],
)
def test_ovs1_where_the_exon_is_not_known(change: str, state: str) -> None:
    """A stop from codon 950 on escapes decay, and takes less than a tenth of the 1,000 residues."""
    gene = {"role": "tumour_suppressor", "role_source": "made", "end": CodingEnd("G", 1000, 950)}
    assert one("OVS1", Variant("G", hgvsp=change), **gene).state == state
    known = Variant("G", hgvsp=change, exon=3, exon_count=9)  # the annotator knows better
    assert one("OVS1", known, **gene).state == "met"


def test_a_role_that_was_looked_up_and_not_found_says_what_was_read() -> None:
    looked_up, never = one("OVS1", STOP, role_source="only oncogene by a list"), one("OVS1", STOP)
    assert looked_up.why == "the role of the gene is not known: only oncogene by a list"
    assert never.why == "the role of the gene is not known"
    assert (looked_up.state, looked_up.points) == (never.state, never.points) == ("not_assessed", 0)


def test_ovs1_of_a_stop_that_escapes_decay_but_takes_more_than_a_tenth() -> None:
    gene = {"role": "tumour_suppressor", "role_source": "made", "end": CodingEnd("G", 1000, 800)}
    assert one("OVS1", Variant("G", hgvsp="p.Arg900Ter"), **gene).state == "met"  # 101 of 1,000 residues
    assert one("OVS1", Variant("G", hgvsp="p.Arg901Ter"), **gene).state == "not_met"  # 100


def test_os1_asks_for_another_nucleotide_change() -> None:
    assert met(V600E, **ESTABLISHED) == ["OS1"]
    assert met(replace(V600E, hgvsc="c.1799_1800delinsAA"), **ESTABLISHED) == []  # the very variant
    assert met(replace(V600E, hgvsc=""), **ESTABLISHED) == []  # its nucleotide change is not known
    assert met(replace(V600E, hgvsp="p.Val600Met"), **ESTABLISHED) == []
    assert one("OS1", V600E).state == "not_assessed"


@pytest.mark.parametrize(
    ("facts", "role", "oncogenic", "benign"),
    [
        ((fact(),), "", "met", "not_met"),
        ((fact(stars=2),), "", "not_met", "not_met"),  # one study of two stars
        ((fact(stars=2), fact(stars=2, source="PMID 2")), "", "met", "not_met"),
        ((fact(stars=2), fact(stars=2)), "", "not_met", "not_met"),  # one study, told twice
        ((fact("dominant_negative"),), "oncogene", "met", "not_met"),
        ((fact("neomorphic"),), "oncogene", "met", "not_met"),
        ((fact("oncogenic"),), "oncogene", "met", "not_met"),
        ((fact("loss"),), "tumour_suppressor", "met", "not_met"),
        ((fact("loss"),), "oncogene", "not_met", "not_met"),
        ((fact("unaltered"),), "", "not_met", "met"),
        ((fact("not_oncogenic"),), "", "not_met", "met"),
        ((fact("unaltered", stars=2),), "", "not_met", "not_met"),
        ((fact(), fact("unaltered", source="PMID 2")), "", "not_met", "not_met"),  # they contradict each other
        ((fact(), fact("unaltered", stars=2, source="PMID 2")), "", "met", "not_met"),
        ((), "", "not_assessed", "not_assessed"),
    ],
)
def test_os2_and_sbs2(facts: tuple[FunctionalFact, ...], role: str, oncogenic: str, benign: str) -> None:
    functional = {"p.Val600Glu": facts} if facts else None
    found = {c.id: c.state for c in look(V600E, role=role, functional=functional).criteria}
    assert (found["OS2"], found["SBS2"]) == (oncogenic, benign)


def test_os2_by_coding_change_and_by_codon() -> None:
    from tierline.alterations import parse

    promoter = Variant("G", hgvsc="c.-124C>T", consequence="upstream_gene_variant")
    assert met(promoter, functional={"c.-124C>T": (fact(),)}) == ["OS2"]
    [codon] = parse("codon 600 missense", "G").parts[0].atoms
    assert met(V600E, functional_wide=((codon, fact()),)) == ["OS2"]
    assert met(replace(V600E, hgvsp="p.Val601Glu"), functional_wide=((codon, fact()),)) == []
    assert met(replace(V600E, hgvsp="p.Val600Ter"), functional_wide=((codon, fact()),)) == []


@pytest.mark.parametrize(
    ("total", "same", "expected"),
    [(50, 10, "OS3"), (49, 10, "OM3"), (50, 9, "OP3"), (49, 9, "OP3"), (847, 833, "OS3")],
)
def test_recurrence_at_its_thresholds(total: int, same: int, expected: str) -> None:
    assert met(V600E, **residue(total, E=same)) == [expected]


def test_recurrence_of_a_change_never_seen_at_a_recurrent_residue_is_supporting() -> None:
    assert met(replace(V600E, hgvsp="p.Val600Gly"), **residue(847, E=833)) == ["OP3"]


def test_recurrence_asks_for_the_same_reference_residue_and_for_no_truncation() -> None:
    assert met(replace(V600E, hgvsp="p.Leu600Glu"), **residue(847, E=833)) == []
    assert met(replace(V600E, hgvsp="p.Val600Ter"), **residue(847, E=833)) == []
    assert met(replace(V600E, hgvsp="p.Val600="), **residue(847, E=833)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("p.Glu746_Ala750del", ["OS3", "OM2"]),  # 24 of 120 tumours
        ("p.Leu747_Pro753delinsSer", ["OM2", "OP3"]),  # 9
        ("p.Lys745_Ala750del", ["OM2", "OP3"]),  # not among them
        ("p.Lys860del", ["OM2"]),  # elsewhere
    ],
)
def test_recurrence_of_in_frame_changes(change: str, expected: list[str]) -> None:
    region = HotspotIndel("G", 729, 761, ("E746_A750del:24", "L747_P753delinsS:9"), 120, 0.0, "T")
    assert met(Variant("G", hgvsp=change), role="oncogene", role_source="made", indels=(region,)) == expected


def test_recurrence_in_another_study() -> None:
    other = RecurrentElsewhere("G", "p.Val600Glu", 71, 71, "made", "made", "2026-01-01")
    assert met(V600E, elsewhere={"p.Val600Glu": other}) == ["OS3"]
    assert met(V600E, elsewhere={"p.Val600Glu": other}, **residue(20, E=12)) == ["OS3"]  # the larger of both
    assert met(replace(V600E, hgvsp="p.Val600Met"), elsewhere={"p.Val600Glu": other}) == []


def test_om1() -> None:
    assert met(V600E, **DOMAIN) == ["OM1"]
    assert met(replace(V600E, hgvsp="p.Val601Glu"), **DOMAIN) == []
    assert met(replace(V600E, hgvsp="p.Val593Glu"), **DOMAIN) == []
    assert met(replace(V600E, hgvsp="p.Val600Ter"), **DOMAIN) == []
    assert met(replace(V600E, hgvsp="p.Val600="), **DOMAIN) == []
    assert met(Variant("G", hgvsp="p.Val599_Val600del"), **DOMAIN) == ["OM1"]
    assert met(Variant("G", hgvsp="p.Val600_Lys601del"), **DOMAIN) == []  # runs out of it
    assert one("OM1", V600E).state == "not_assessed"


@pytest.mark.parametrize(
    ("change", "role", "state"),
    [
        ("p.Lys164del", "oncogene", "met"),
        ("p.Lys164del", "tumour_suppressor", "met"),
        ("p.Lys164_Gln165insAla", "oncogene", "met"),
        ("p.Lys164del", "", "not_assessed"),
        ("p.Lys164_Gln165delinsAlaAla", "oncogene", "not_met"),  # of the same length
        ("p.Ter214Glyext*8", "tumour_suppressor", "met"),
        ("p.Ter214Glyext*8", "oncogene", "not_met"),
        ("p.Lys164Glu", "oncogene", "not_met"),
    ],
)
def test_om2(change: str, role: str, state: str) -> None:
    assert one("OM2", Variant("G", hgvsp=change), role=role, role_source="made").state == state


def test_om2_of_a_skipped_exon() -> None:
    from tierline.alterations import parse

    [skipping] = parse("exon 14 skipping", "MET").parts[0].atoms
    gene = {"role": "oncogene", "functional_wide": ((skipping, fact(alteration="exon 14 skipping")),)}
    tables = OncogenicityTables({"MET": GeneTables(**gene)}, {})
    found = assess(Variant("MET", hgvsc="c.3028+1G>T"), tables)
    assert [c.id for c in found.criteria if c.state == "met"] == ["OS2", "OM2"]


def test_om4_asks_for_a_known_change_that_is_no_more_unlike() -> None:
    known = {"functional": {"p.Val600Glu": (fact(),)}}
    lysine, methionine = replace(V600E, hgvsp="p.Val600Lys"), replace(V600E, hgvsp="p.Val600Met")
    # Val>Lys 97 is less than nine tenths of Val>Glu 121 (108.9); Val>Met 21 is far less
    assert met(lysine, **known, **residue(60, E=50, K=5)) == ["OP3"]
    assert met(methionine, **known, **residue(60, E=50, M=5)) == ["OP3"]
    known_alanine = {"functional": {"p.Val600Ala": (fact(alteration="p.Val600Ala"),)}}
    assert met(lysine, **known_alanine, **residue(60, A=50, K=5)) == ["OM4"]  # 97 against 64
    assert met(lysine, **residue(60, A=50, K=5)) == ["OP3"]  # nothing is known of the other
    assert met(lysine, **known_alanine, **residue(49, A=40, K=5)) == ["OP3"]  # the other does not meet OS3
    assert met(lysine, **known_alanine, **residue(60, A=9, K=5)) == ["OP3"]


def test_op1_and_sbp1() -> None:
    damaging = {"p.Val600Glu": Prediction("G", "p.Val600Glu", "deleterious", 0.0, False)}
    tolerated = {"p.Val600Glu": Prediction("G", "p.Val600Glu", "tolerated", 0.3, False)}
    assert met(V600E, predictions=damaging) == ["OP1"]
    assert one("OP1", V600E, predictions=tolerated).state == "not_met"
    assert one("OP1", V600E).state == "not_assessed"
    assert one("SBP1", V600E, predictions=tolerated).state == "not_assessed"  # one tool alone shows no benign effect


def test_op2() -> None:
    single = {"aetiology": {"RBL": SingleAetiology("G", "RBL", "made")}}
    assert met(V600E, "RBL", **single) == ["OP2"]
    assert one("OP2", V600E, "LUAD", **single).state == "not_met"
    assert one("OP2", V600E, "", **single).state == "not_assessed"
    assert one("OP2", V600E, "RBL").state == "not_assessed"


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        (None, []),
        (0.0, ["OP4"]),
        (0.0001, ["OP4"]),
        (0.00011, []),
        (0.01, []),
        (0.0101, ["SBS1"]),
        (0.05, ["SBS1"]),
        (0.0501, ["SBVS1"]),
    ],
)
def test_op4_sbs1_and_sbvs1(frequency: float | None, expected: list[str]) -> None:
    assert met(replace(V600E, population_af=frequency)) == expected


def test_a_frequency_that_was_not_looked_up_is_not_assessed() -> None:
    found = {c.id: c.state for c in look(V600E).criteria}
    assert {found[name] for name in ("OP4", "SBVS1", "SBS1")} == {"not_assessed"}


def test_a_small_or_bottlenecked_group_shows_nothing_common() -> None:
    common = replace(V600E, population_af=0.2)
    assert one("SBVS1", replace(common, population_group="fin")).state == "not_assessed"
    assert one("SBVS1", replace(common, population_an=1999)).state == "not_assessed"
    assert one("SBVS1", replace(common, population_group="nfe", population_an=2000)).state == "met"


def test_sbp2_is_never_met_without_splicing_and_conservation() -> None:
    assert one("SBP2", V600E).state == "not_met"
    assert one("SBP2", replace(V600E, hgvsp="p.Val600=")).state == "not_assessed"
    assert one("SBP2", Variant("G", consequence="synonymous_variant")).state == "not_assessed"


def test_fusions_and_gains_are_outside_the_standard() -> None:
    for variant in (Variant("G", fusion_partner="H"), Variant("G", copy_number_change="amplification")):
        found = look(variant, role="oncogene")
        assert {c.state for c in found.criteria} == {"not_assessed"} and found.classification == "vus"


# --------------------------------------------------------------------------- exclusions


def test_every_exclusion_has_its_test_below() -> None:
    assert {(name, other) for name, others in EXCLUSIONS for other in others} == {
        ("OS1", "OS2"), ("OS1", "OS3"), ("OM1", "OVS1"), ("OM1", "OS1"), ("OM1", "OS3"), ("OM2", "OVS1"),
        ("OM4", "OS1"), ("OM4", "OS3"), ("OM4", "OM1"), ("OM3", "OM1"), ("OM3", "OM4"), ("OP3", "OM1"), ("OP3", "OM4"),
    }  # fmt: skip


def test_os1_gives_way_to_the_studies_and_recurrence_of_the_same_change() -> None:
    assert met(V600E, functional={"p.Val600Glu": (fact(),)}, **ESTABLISHED) == ["OS2"]
    assert met(V600E, **ESTABLISHED, **residue(60, E=50)) == ["OS3"]
    assert "beside OS3" in one("OS1", V600E, **ESTABLISHED, **residue(60, E=50)).why


def test_om1_does_not_count_beside_os1_or_os3() -> None:
    assert met(V600E, **DOMAIN, **ESTABLISHED) == ["OS1"]
    assert met(V600E, **DOMAIN, **residue(60, E=50)) == ["OS3"]


def test_neither_om1_nor_om2_counts_beside_ovs1() -> None:
    """An in-frame deletion that runs over a splice site is a null variant, in a domain, and changes the length."""
    variant = Variant("G", hgvsc="c.1798_1800+1del", hgvsp="p.Val600del")
    gene = {"role": "tumour_suppressor", "role_source": "made", **DOMAIN}
    assert met(variant, **gene) == ["OVS1"]


def test_om3_and_op3_do_not_count_beside_om1() -> None:
    assert met(V600E, **DOMAIN, **residue(49, E=10)) == ["OM1"]
    assert met(V600E, **DOMAIN, **residue(60, E=9)) == ["OM1"]


def test_om4_does_not_count_beside_os1_os3_or_om1_and_bars_op3() -> None:
    known = {"functional": {"p.Val600Ala": (fact(alteration="p.Val600Ala"),)}}
    rare, often = residue(60, A=50, E=5), residue(60, A=50, E=10)
    assert met(V600E, **known, **rare) == ["OM4"]  # and not OP3
    assert met(V600E, **known, **often) == ["OS3"]
    assert met(V600E, **known, **rare, **ESTABLISHED) == ["OS1", "OP3"]
    assert met(V600E, **known, **rare, **DOMAIN) == ["OM1"]


def test_om3_does_not_count_beside_om4() -> None:
    """Made: OM3 and OM4 cannot meet at one residue by count, so the rule itself is asked."""
    from tierline.oncogenicity import _sum_up

    answers = dict.fromkeys(CRITERIA, ("not_met", "made")) | {"OM3": ("met", "made"), "OM4": ("met", "made")}
    assert _sum_up(answers).points == 2
