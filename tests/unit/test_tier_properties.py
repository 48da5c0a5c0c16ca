"""What must hold of every tier, whatever the evidence and the variant.

Here: the index gives what weighing every item gives, and one change is one change however it is written. That order
never matters, that evidence never lowers a tier, and that a subtype is never worse than its type stand in
``test_tier_engine.py``; that rows are answered each by itself, in ``test_tiertable.py``.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_tier_engine import ITEMS, OTHERS, STATES, TREE
from tierline import tiers
from tierline.alterations import Atom
from tierline.hgvs import ONE
from tierline.records import Evidence, EvidenceMatch, State, Variant
from tierline.tiers import index_evidence, weigh, weigh_each
from tierline.tiertable import Row, Tables, answer, load_tables

PATIENTS = ("MEL", "SKIN", "COAD", "COADREAD", "LUAD", "LUNG", "AML", "IDC", "CUP", "PRAD", "", "NOSUCH")


@pytest.fixture(scope="module")
def tables() -> Tables:
    return load_tables()


def both_ways(
    variant: Variant, index: tiers.EvidenceIndex, patient: str, roles: dict[str, str], others: tuple[Variant, ...] = (),
    states: dict[str, State] | None = None,
) -> tuple[tuple[EvidenceMatch, ...], tuple[EvidenceMatch, ...]]:  # fmt: skip
    """The working by the index, and by weighing every item of the gene and of the fusion partner."""
    case = tiers._Case(
        tiers.view(index, patient, TREE), variant.gene, roles.get(variant.gene, ""), roles, (variant, *others), states or {}
    )
    genes = (index.by_gene.get(gene) for gene in (variant.gene, variant.fusion_partner))
    items = dict.fromkeys(item for gene in genes if gene for item in gene.items)
    return weigh(variant, case), weigh_each(items, variant, case)


# --------------------------------------------------------------------------- the index

ALTERATIONS = (
    "p.Val600Glu",
    "p.Val600Glu | p.Val600Lys",
    "codon 600",
    "codon 594-606 missense",
    "codon 1-900 mutation",
    "p.Val600_Lys601delinsGluIle",
    "exon 15",
    "exon 15 inframe_deletion",
    "c.1799T>A",
    "c.1799T>A | c.1798G>A",
    "c.-124C>T",
    "c.1795_1797dup",
    "p.Thr599dup",
    "p.Thr599_Val600insThr",
    "mutation",
    "loss_of_function",
    "truncating",
    "promoter",
    "amplification",
    "deletion",
    "fusion",
    "fusion NTRK3",
    "mutation & KRAS wild_type",
    "p.Val600Glu & EGFR amplification",
    "!p.Val600Glu & mutation",
    "codon 600 | amplification",
    "p.Val600fs",
    "p.Met1?",
    "c.1742-2A>G",
    "c.*20del",
)
CHANGES = (
    ("", "p.Val600Glu"),
    ("c.1799T>A", "p.Val600Glu"),
    ("c.1798_1799delinsAA", "p.Val600Lys"),
    ("c.1799_1801delinsAAA", ""),
    ("", "p.Val600_Lys601delinsGluIle"),
    ("", "p.Thr599dup"),
    ("", "p.Thr599_Val600insThr"),
    ("c.1795_1797dup", ""),
    ("", "p.Lys601del"),
    ("", "p.Glu586_Ser614del"),
    ("", "p.Arg2_Lys700del"),
    ("c.-124C>T", ""),
    ("c.-125_-124delinsTT", ""),
    ("c.1742-2A>G", ""),
    ("c.1700_*20del", ""),
    ("c.5_2000del", ""),
    ("", "p.Val600="),
    ("", "p.Val600fs"),
    ("", "p.Met1?"),
    ("", "p.?"),
    ("", "X581_splice"),
    ("c.*20del", ""),
    ("", ""),
)
BEARERS = st.builds(
    lambda change, **more: Variant("BRAF", *change, **more),
    st.sampled_from(CHANGES),
    consequence=st.sampled_from(
        ["", "missense_variant", "frameshift_variant", "splice_donor_variant", "loss_of_function_variant"]
    ),
    exon=st.sampled_from([None, 15]),
    exon_count=st.sampled_from([None, 18]),
    parts=st.sampled_from([(), ("c.-124C>T",), ("c.1799T>A", "p.Val600Glu")]),
    copy_number_change=st.sampled_from(["", "", "", "amplification", "deletion"]),
    fusion_partner=st.sampled_from(["", "", "", "NTRK3", "EGFR"]),
    is_hotspot=st.booleans(),
    labels=st.sampled_from([(), ("oncogenic",)]),
)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.tuples(ITEMS, st.sampled_from(ALTERATIONS), st.sampled_from(["BRAF", "NTRK3"])), max_size=12),
    BEARERS,
    st.sampled_from(PATIENTS),
    OTHERS,
    STATES,
    st.sampled_from(["oncogene", "tumour_suppressor", "both", ""]),
)
def test_the_index_finds_what_weighing_every_item_finds(
    facts: list[tuple[Evidence, str, str]],
    variant: Variant,
    patient: str,
    others: list[Variant],
    states: dict[str, State],
    role: str,
) -> None:
    evidence = [
        Evidence(**{**{name: getattr(e, name) for name in e.__dataclass_fields__}, "alteration": alteration, "gene": gene})
        for e, alteration, gene in facts
    ]
    indexed, plain = both_ways(variant, index_evidence(evidence), patient, {"BRAF": role}, tuple(others), states)
    assert indexed == plain


def named_variants(atom: Atom, gene: str, chance: random.Random) -> list[Variant]:
    """Variants that are what an atom of the knowledge names, or lie beside it."""
    hot = chance.random() < 0.5
    if atom.protein is not None:
        return [
            Variant(gene, hgvsp=atom.protein.text, is_hotspot=hot),
            Variant(gene, hgvsp=f"p.Gly{atom.protein.start or 9}Arg"),
        ]
    if atom.coding is not None:
        return [Variant(gene, hgvsc=atom.coding.text), Variant(gene, hgvsc=f"c.{abs(atom.coding.start.base)}A>G")]
    if atom.kind == "codon":
        codon = chance.randint(atom.first, atom.last)
        return [Variant(gene, hgvsp=f"p.Gly{codon}{what}", is_hotspot=hot) for what in ("Arg", "fs", "del", "=", "Ter")]
    if atom.kind == "exon":
        terms = ("inframe_deletion", "inframe_insertion", "exon_loss_variant", "missense_variant")
        return [Variant(gene, consequence=term, exon=atom.first) for term in terms]
    if atom.kind in ("amplification", "deletion"):
        return [Variant(gene, copy_number_change=atom.kind)]
    if atom.kind == "fusion":
        return [Variant(gene, fusion_partner=atom.partner or "EML4"), Variant(atom.partner or "EML4", fusion_partner=gene)]
    place = chance.randint(2, 700)
    return [Variant(gene, hgvsp=f"p.Gly{place}{what}", is_hotspot=hot) for what in ("Arg", "fs", f"_Ala{place + 300}del")]


def test_the_index_finds_the_same_in_all_that_is_known(tables: Tables) -> None:
    chance = random.Random(5)
    named = [(gene, one.atom) for gene, items in tables.index.by_gene.items() for one in items.named]
    compared = found = 0
    for gene, atom in chance.sample(named, min(len(named), 800)):
        for variant in named_variants(atom, gene, chance):
            indexed, plain = both_ways(variant, tables.index, chance.choice(PATIENTS), dict(tables.roles))
            assert indexed == plain, (variant, atom)
            compared += 1
            found += bool(plain)
    assert compared > 1000 and found > compared / 2  # most of them must show something, or this compares nothing


# --------------------------------------------------------------------------- notation


def test_one_change_is_one_change_however_it_is_written(tables: Tables) -> None:
    chance = random.Random(7)
    compared, tiered = 0, set()
    for row in chance.sample(sorted(tables.hotspots.values(), key=lambda row: (row.gene, row.position)), 250):
        new = next((amino for amino in row.counts if amino in "ACDEFGHIKLMNPQRSTVWY"), "")
        if not new or row.reference not in "ACDEFGHIKLMNPQRSTVWY" or row.position == 1:
            continue
        one, three = f"{row.reference}{row.position}{new}", f"{_three(row.reference)}{row.position}{_three(new)}"
        spellings = (one, f"p.{one}", f"p.{three}", f"p.({three})", f"{row.gene} p.{three}", f"NP_000000.1:p.{three}")
        cells = Row(gene=row.gene, tumor_type=chance.choice(PATIENTS[:-1]))
        results = {_told(answer(cells._replace(protein_change=spelling), tables)) for spelling in spellings}
        coding = f"c.{row.position * 3 - 1}A>G"
        results |= {
            _told(answer(cells._replace(protein_change=spelling, cdna_change=coding), tables)) for spelling in spellings[:3]
        }
        assert len(results) == 1, (row.gene, one, results)
        compared += 1
        tiered.add(next(iter(results))[0])
    assert compared > 200 and {"I", "II", "III"} <= tiered


def _three(amino: str) -> str:
    return next(three for three, one in ONE.items() if one == amino)


def _told(found: object) -> tuple[str, ...]:
    result, oncogenicity = found.result, found.oncogenicity  # type: ignore[attr-defined]
    assert result is not None, found.reason  # type: ignore[attr-defined]
    criteria = {row.id: row.state for row in oncogenicity.criteria if row.id != "OS1"}  # OS1 asks for the nucleotide change
    return (
        str(result.tier),
        result.level,
        result.rule,
        result.match,
        str(result.evidence),
        str(result.therapies),
        str(criteria),
    )
