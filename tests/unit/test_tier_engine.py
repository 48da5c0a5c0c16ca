"""Properties of the tier engine, and the parts of its working that no golden case shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tierline.hgvs import normalise_protein, parse_protein
from tierline.oncotree import OncoTree
from tierline.records import Axis, Evidence, State, Tier, TierResult, Variant
from tierline.tables import format_value
from tierline.tiers import RULES, TIER_OF_LEVEL, index_evidence, is_opposed, meet, tier_variant

TREE = OncoTree.load()
RANK = {Tier.I: 0, Tier.II: 1, Tier.III: 2, Tier.IV: 3}


def item(
    id: str = "X",
    alteration: str = "p.Val600Glu",
    types: tuple[str, ...] = ("MEL",),
    level: str = "A",
    axis: Axis = Axis.SENSITIVITY,
    therapy: str = "Drug",
    gene: str = "BRAF",
    excepted: tuple[str, ...] = (),
    jurisdictions: tuple[str, ...] = (),
    withdrawn_on: str = "",
) -> Evidence:
    return Evidence(
        id, gene, alteration, types, excepted, axis, "", therapy, level, jurisdictions, "", "", "made", "", "", "", "",
        withdrawn_on,
    )  # fmt: skip


V600E = Variant("BRAF", "c.1799T>A", "p.Val600Glu", "missense_variant", is_hotspot=True)
L858R = Variant("EGFR", hgvsp="p.Leu858Arg", is_hotspot=True)
T790M = Variant("EGFR", hgvsp="p.Thr790Met", is_hotspot=True)


def tiered(evidence: list[Evidence], variant: Variant = V600E, tumor_type: str = "MEL", **more: object) -> TierResult:
    return tier_variant(variant, tumor_type, index_evidence(evidence), TREE, "oncogene", **more)  # type: ignore[arg-type]


ALTERATIONS = ("p.Val600Glu", "p.Val600Lys", "p.Val600Glu | p.Val600Lys", "codon 600", "codon 594-600 missense", "exon 15",
               "mutation", "loss_of_function", "amplification", "mutation & KRAS wild_type",
               "p.Val600Glu & EGFR amplification", "EGFR !mutation & mutation")  # fmt: skip
WORDS = ("any_solid", "any_haematological", "any")
TYPES = ("MEL", "SKCM", "SKIN", "COADREAD", "COAD", "BOWEL", "NSCLC", "LUAD", "AML", "HCL", *WORDS)
PATIENTS = ("MEL", "SKCM", "SKIN", "COAD", "COADREAD", "BOWEL", "LUAD", "LUSC", "AML", "CUP", "", "NOSUCH")
ITEMS = st.builds(
    item,
    id=st.uuids().map(str),
    alteration=st.sampled_from(ALTERATIONS),
    types=st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True).map(tuple),
    level=st.sampled_from("ABCD"),
    axis=st.sampled_from(list(Axis)),
    therapy=st.sampled_from(["Drug", "Drug + Other", "Other", "Third"]),
    excepted=st.lists(st.sampled_from(["COADREAD", "LUAD", "SKCM"]), max_size=1).map(tuple),
    withdrawn_on=st.sampled_from(["", "", "", "2024-01-01"]),
)
VARIANTS = st.builds(
    Variant,
    st.just("BRAF"),
    hgvsp=st.sampled_from(["p.Val600Glu", "p.Val600Lys", "p.Gly596Arg", "p.Val600=", "p.Val600fs"]),
    is_hotspot=st.booleans(),
    population_af=st.sampled_from([None, 0.0, 0.2]),
    population_an=st.sampled_from([None, 50_000]),
    clinvar=st.sampled_from(["", "Likely_benign|2", "Benign|3"]),
)
OTHERS = st.lists(
    st.sampled_from(
        [V600E, L858R, Variant("EGFR", copy_number_change="amplification"), Variant("KRAS", hgvsp="p.Gly12Asp")]
    ),
    max_size=3,
    unique=True,
)
STATES = st.dictionaries(st.sampled_from(["KRAS:p.12", "EGFR:p.858", "EGFR:e19"]), st.sampled_from(list(State)))


@settings(max_examples=200, deadline=None)
@given(st.lists(ITEMS, max_size=8), st.data(), VARIANTS, st.sampled_from(PATIENTS), OTHERS, STATES)
def test_the_order_of_evidence_and_of_other_variants_does_not_matter(
    evidence: list[Evidence],
    data: st.DataObject,
    variant: Variant,
    patient: str,
    others: list[Variant],
    states: dict[str, State],
) -> None:
    shuffled = data.draw(st.permutations(evidence))
    turned = data.draw(st.permutations(others))
    first = tiered(evidence, variant, patient, co_variants=others, locus_states=states)
    assert first == tiered(shuffled, variant, patient, co_variants=turned, locus_states=states)
    by_gene = {"BRAF": tuple(shuffled)}
    again = tier_variant(variant, patient, by_gene, TREE, "oncogene", co_variants=others, locus_states=states)
    assert first == again


@settings(max_examples=200, deadline=None)
@given(st.lists(ITEMS, max_size=8), st.lists(ITEMS, max_size=3), VARIANTS, st.sampled_from(PATIENTS), OTHERS, STATES)
def test_more_evidence_never_lowers_a_tier(
    evidence: list[Evidence],
    added: list[Evidence],
    variant: Variant,
    patient: str,
    others: list[Variant],
    states: dict[str, State],
) -> None:
    before = tiered(evidence, variant, patient, co_variants=others, locus_states=states)
    after = tiered(evidence + added, variant, patient, co_variants=others, locus_states=states)
    if not (before.tier is Tier.IV and after.tier is not Tier.IV):
        assert RANK[after.tier] <= RANK[before.tier]
    if before.level:
        assert after.level <= before.level


@settings(max_examples=200, deadline=None)
@given(st.lists(ITEMS, max_size=8), VARIANTS, st.sampled_from(PATIENTS), OTHERS, STATES)
def test_a_tier_shows_its_working(
    evidence: list[Evidence], variant: Variant, patient: str, others: list[Variant], states: dict[str, State]
) -> None:
    result = tiered(evidence, variant, patient, co_variants=others, locus_states=states)
    levels = [entry.level_used for entry in result.trace if entry.level_used]
    assert result.rule in RULES and all(entry.rule in RULES for entry in result.trace)
    assert all(entry.level_used == "" or entry.level_used >= entry.evidence.level for entry in result.trace)
    assert all(not entry.level_used for entry in result.trace if entry.match == "context" or entry.evidence.withdrawn_on)
    if result.tier in (Tier.I, Tier.II):
        assert TIER_OF_LEVEL[min(levels)] is result.tier and result.level == min(levels)
        assert result.evidence
    else:
        assert not result.level and not result.evidence and not result.therapies
        assert result.tier is Tier.IV or not levels
    for name in ("evidence", "therapies", "labels"):
        assert format_value(getattr(result, name)).split(";") == list(getattr(result, name) or [""])
    assert "\t" not in result.reason and "\n" not in result.reason and result.reason.endswith(".")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(ITEMS.map(lambda e: replace(e, except_types=())), max_size=6),
    st.sampled_from(["MEL", "COADREAD", "NSCLC", "AML"]),
)
def test_a_subtype_is_never_worse_than_the_type_that_the_evidence_names(evidence: list[Evidence], patient: str) -> None:
    """For evidence at the patient's type or above it; evidence for a subtype is no evidence for its sibling."""
    at_or_above = {*WORDS, *TREE.ancestors(patient)}
    kept = [e for e in evidence if at_or_above.issuperset(e.tumor_types)]
    for code in TREE.codes:
        if code != patient and TREE.is_descendant(code, patient) and code in {"SKCM", "DESM", "COAD", "LUAD", "LUSC"}:
            assert RANK[tiered(kept, V600E, code).tier] <= RANK[tiered(kept, V600E, patient).tier]


@given(st.sampled_from("ACDEFGHIKLMNPQRSTWY*"), st.sampled_from(ALTERATIONS))
def test_one_and_three_letters_give_one_answer(residue: str, alteration: str) -> None:
    three = normalise_protein(f"V600{residue}")
    short = parse_protein(three).short
    one, other = (tiered([item(alteration=alteration)], replace(V600E, hgvsc="", hgvsp=text)) for text in (three, short))
    assert (one.tier, one.level, one.rule, one.match) == (other.tier, other.level, other.rule, other.match)


def test_therapies_are_named_once_at_their_best_level_with_who_approved_them() -> None:
    result = tiered(
        [
            item("1", therapy="Beta", jurisdictions=("FDA",)),
            item("2", therapy="Beta", jurisdictions=("EMA", "FDA")),
            item("3", therapy="Beta", level="B"),
            item("4", therapy="Alpha", level="B"),
            item("5", therapy="Gamma", level="C"),
            item("6", therapy="Delta", axis=Axis.RESISTANCE, level="B"),
        ]
    )
    assert result.therapies == ("Beta (A: EMA, FDA)", "Alpha (B)", "resistance: Delta (B)")
    assert result.evidence == ("1", "2", "3", "4", "6")


def test_approvals_of_another_tumour_type_are_not_claimed() -> None:
    result = tiered([item(jurisdictions=("FDA",))], tumor_type="PAAD")
    assert result.therapies == ("Drug (C: other tumour type)",)
    assert result.tier is Tier.II


def test_best_axis_is_sensitivity_where_levels_are_equal() -> None:
    axes = [item(str(axis), axis=axis, therapy="") for axis in Axis]
    assert tiered(axes).axis == "sensitivity"
    assert tiered(axes[1:]).axis == "resistance"


OSIMERTINIB = item("O", "p.Leu858Arg", ("NSCLC",), "A", therapy="Osimertinib", gene="EGFR")
GEFITINIB = item("G", "p.Leu858Arg", ("NSCLC",), "A", therapy="Gefitinib", gene="EGFR")


@pytest.mark.parametrize(
    ("level", "therapy", "opposed"),
    [
        ("A", "Gefitinib", True),
        ("B", "Gefitinib", True),
        ("C", "Gefitinib", False),
        ("B", "gefitinib", True),
        ("B", "Gefitinib + Other", False),
        ("B", "Erlotinib", False),
    ],
)
def test_resistance_of_another_variant_of_the_case(level: str, therapy: str, opposed: bool) -> None:
    against = item("R", "p.Thr790Met", ("NSCLC",), level, Axis.RESISTANCE, therapy, "EGFR")
    result = tiered([OSIMERTINIB, GEFITINIB, against], L858R, "LUAD", co_variants=[T790M])
    assert result.tier is Tier.I
    assert [entry.evidence.id for entry in result.trace if is_opposed(entry)] == (["G"] if opposed else [])
    assert ("Gefitinib (A)" in result.therapies) is not opposed
    assert "Osimertinib (A)" in result.therapies
    assert ("opposed_by_resistance" in result.labels) is opposed
    notes = {entry.evidence.id: entry.note for entry in result.trace}
    if opposed:
        assert notes["G"] == f"opposed by resistance: EGFR p.Thr790Met ({level}, R)"
        assert "(Osimertinib)" in result.reason and "confers resistance: Gefitinib" in result.reason
    assert ("resistance is also described" in notes["G"]) is (level == "C")


def test_weaker_resistance_opposes_a_sensitivity_that_is_no_stronger() -> None:
    weak = replace(GEFITINIB, level="D")
    against = item("R", "p.Thr790Met", ("NSCLC",), "D", Axis.RESISTANCE, "Gefitinib", "EGFR")
    assert tiered([weak, against], L858R, "LUAD", co_variants=[T790M]).therapies == ()


def test_the_variant_s_own_resistance_is_said_but_does_not_hide_its_sensitivity() -> None:
    against = replace(GEFITINIB, id="R", axis=Axis.RESISTANCE, level="B")
    result = tiered([GEFITINIB, against], L858R, "LUAD")
    assert result.therapies == ("Gefitinib (A)", "resistance: Gefitinib (B)")
    assert result.trace[0].note == "resistance is also described: EGFR p.Leu858Arg (B, R)"


def test_a_withdrawn_approval_is_no_use_of_the_drug() -> None:
    resistance = item("R", "p.Val600Glu", ("COADREAD",), "A", Axis.RESISTANCE, "Drug")
    use = item("S", "amplification", ("MEL",), "A", therapy="Drug", gene="EGFR")
    assert tiered([resistance, use]).rule == "OTHER-RES"
    result = tiered([resistance, replace(use, withdrawn_on="2024-01-01")])
    assert (result.tier, result.trace[0].rule) == (Tier.III, "OTHER-RES-NONE")


def test_the_way_through_the_tree_is_shown() -> None:
    assert meet(item(types=("MEL",)), "DESM", TREE) == ("descendant", ("DESM", "MEL"))
    assert meet(item(types=("MEL",)), "MEL", TREE) == ("same", ("MEL",))
    assert meet(item(types=("LUAD",)), "NSCLC", TREE) == ("less_specific", ("NSCLC", "LUAD"))
    assert meet(item(types=("LGSOC",)), "SOC", TREE) == ("less_specific", ("SOC", "LGSOC"))
    assert meet(item(types=("LGSOC",)), "OVT", TREE) == ("much_less_specific", ("OVT", "SOC", "LGSOC"))
    assert meet(item(types=("LGSOC", "SOC")), "OVT", TREE) == ("less_specific", ("OVT", "SOC"))
    assert meet(item(types=("LUAD",)), "LUNG", TREE) == ("tissue_only", ("LUNG", "NSCLC", "LUAD"))
    assert meet(item(types=("MEL",)), "COAD", TREE) == ("other_type", ())
    assert meet(item(types=("any_solid",), excepted=("COADREAD",)), "COAD", TREE) == ("excepted", ("COAD", "COADREAD"))
    assert meet(item(types=("any_solid",), excepted=("COAD",)), "COADREAD", TREE)[0] == "any_solid"
    assert meet(item(types=("any_solid",)), "AML", TREE)[0] == "other_type"
    assert meet(item(types=("any_haematological",)), "AML", TREE)[0] == "any_haematological"
    assert meet(item(types=("any",)), "", TREE) == ("any", ())
    assert meet(item(types=("MEL",)), "", TREE) == ("unknown", ())
    assert meet(item(types=("COAD", "any_solid", "MEL")), "MEL", TREE)[0] == "same"


def test_a_less_specific_diagnosis_is_labelled() -> None:
    result = tiered([item(types=("LUAD",))], tumor_type="NSCLC")
    assert result.labels == ("diagnosis_less_specific",)
    assert "less specific than LUAD" in result.reason


def test_labels_of_the_variant_travel_with_it_and_benign_says_what_it_overrules() -> None:
    common = replace(V600E, population_af=0.2, population_an=9_000, population_group="afr", labels=("germline_likely",))
    result = tiered([item()], common)
    assert (result.tier, result.rule) == (Tier.IV, "BENIGN-AF")
    assert result.labels == ("germline_likely", "benign_over_evidence")
    assert result.reason == (
        "BRAF p.Val600Glu: common in African or African American (20.0 % of 9,000 alleles), so benign; this stands above "
        "the clinical evidence (X)."
    )
    assert result.trace[0].level_used == "A"


@pytest.mark.parametrize(
    ("alteration", "states", "holds"),
    [
        ("mutation & KRAS wild_type", {"KRAS:p.12": State.NOT_DETECTED}, True),
        ("mutation & KRAS wild_type", {"KRAS:p.12": State.NOT_DETECTED, "KRAS:p.61": State.DETECTED}, False),
        ("mutation & KRAS wild_type", {"KRASX:p.12": State.NOT_DETECTED}, False),
        ("mutation & KRAS !p.Gly12Cys", {"KRAS:p.12": State.NOT_DETECTED}, True),
        ("mutation & KRAS !p.Gly12Cys", {"KRAS:p.12": State.DETECTED}, True),
        ("mutation & KRAS !p.Gly12Cys", {"KRAS:p.13": State.NOT_DETECTED}, False),
        ("mutation & KRAS !p.Gly12Cys", {"KRAS:e2": State.NOT_DETECTED}, True),
        ("mutation & KRAS !codon 12-13", {"KRAS:p.12": State.NOT_DETECTED}, False),
        ("mutation & KRAS !codon 12-13", dict.fromkeys(["KRAS:p.12", "KRAS:p.13"], State.NOT_DETECTED), True),
        ("mutation & TERT !c.-124C>T", {"TERT:c.-124": State.NOT_DETECTED}, True),
        ("mutation & TERT !c.-124C>T", {"TERT:c.-124": State.NOT_ASSESSABLE}, False),
        ("mutation & MET !exon 14 skipping", {"MET:s.e14": State.NOT_DETECTED}, True),
        ("mutation & MET !exon 14", {"MET:s.e14": State.NOT_DETECTED}, False),
        ("mutation & MET !amplification", {"MET:p.1010": State.NOT_DETECTED}, False),
    ],
)
def test_what_must_be_absent_is_proven_by_its_loci(alteration: str, states: dict[str, State], holds: bool) -> None:
    result = tiered([item(alteration=alteration)], locus_states=states)
    assert (result.tier is Tier.I) is holds, result.reason
    assert result.rule == ("TYPE-OWN" if holds else "VUS-EVIDENCE")


@pytest.mark.parametrize(
    ("states", "evidence", "said"),
    [
        (None, [item(alteration="p.Val600Glu & KRAS wild_type & NRAS wild_type", therapy="W")],
         "evidence exists, but none holds here. Not counted: level A sensitivity evidence (W) needs wild type KRAS and "
         "wild type NRAS: not stated."),
        ({"KRAS:p.61": State.NOT_ASSESSABLE}, [item(alteration="p.Val600Glu & KRAS wild_type", therapy="W")],
         "Not counted: level A sensitivity evidence (W) needs wild type KRAS: KRAS:p.61 not_assessable."),
        ({"BRAF:p.600": State.DETECTED}, [item(alteration="p.Val600Glu & ALK !fusion", therapy="W")],
         "Not counted: level A sensitivity evidence (W) needs no ALK fusion: nothing in this case answers it."),
        (None, [item("1"), *(item(f"{n}", "p.Val600Glu & KRAS wild_type", therapy=n) for n in "UVWXY")],
         "Not counted: level A sensitivity evidence (U, V, W and 2 more) needs wild type KRAS: not stated."),
        (None, [item("1", level="A"), item("2", "p.Val600Glu & KRAS wild_type", level="B")], ""),  # it has better
        (None, [item("1", "p.Val600Glu & KRAS wild_type", ("COADREAD",))], ""),  # of another type
    ],
)  # fmt: skip
def test_evidence_that_waits_for_what_nobody_has_shown_is_named(
    states: dict[str, State] | None, evidence: list[Evidence], said: str
) -> None:
    reason = tiered(evidence, locus_states=states).reason
    assert said in reason and ("Not counted" in reason) is bool(said)


def test_a_class_without_one_of_its_changes_says_what_was_not_shown_to_be_absent() -> None:
    [found] = tiered([item(alteration="codon 600 & !p.Val600Lys")]).trace
    assert (found.level_used, found.note) == ("A", "not shown to be absent: p.Val600Lys")
    [found] = tiered([item(alteration="codon 600 & !p.Val600Lys")], locus_states={"BRAF:p.600": State.DETECTED}).trace
    assert found.note == ""


def test_a_found_variant_breaks_an_absent_part_whatever_the_loci_say() -> None:
    states = {"KRAS:p.12": State.NOT_DETECTED, "KRAS:p.61": State.NOT_DETECTED}
    for alteration in ("mutation & KRAS wild_type", "mutation & KRAS !mutation"):
        evidence = [item(alteration=alteration)]
        assert tiered(evidence, locus_states=states).tier is Tier.I
        found = Variant("KRAS", hgvsp="p.Ala146Thr", is_hotspot=True)
        assert "p.Ala146Thr was found" in tiered(evidence, locus_states=states, co_variants=[found]).reason


def test_a_role_of_another_gene_counts_for_its_part() -> None:
    evidence = [item(alteration="mutation & RB1 loss_of_function")]
    lost = Variant("RB1", hgvsp="p.Arg320Ter")
    assert tiered(evidence, co_variants=[lost]).rule == "VUS-EVIDENCE"
    assert tiered(evidence, co_variants=[lost], roles={"RB1": "tumour_suppressor"}).tier is Tier.I
    alone = tier_variant(lost, "MEL", index_evidence(evidence), TREE, "tumour_suppressor", co_variants=[V600E])
    assert alone.tier is Tier.I


def test_an_unreadable_alteration_names_its_item() -> None:
    with pytest.raises(ValueError, match="evidence BAD: alteration 'banana'"):
        index_evidence([item("BAD", "banana")])


def test_every_rule_says_what_and_from_where() -> None:
    for rule in RULES.values():
        assert rule.statement and rule.source and not rule.statement.endswith(".")
