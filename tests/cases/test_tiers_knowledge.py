"""Golden cases over the embedded knowledge: what a molecular pathologist would say of a variant in a tumour type.

Each row of ``tiers_knowledge/*.tsv`` is one case. ``change`` and ``more`` are those of ``test_tiers.py``; a co-variant
is ``GENE change`` or ``GENE key=value``. Hotspots, gene roles and oncogenicity are the embedded ones. ``evidence`` names
facts that must carry the tier; ``source`` says where the expectation comes from. A table of another field goes beside
these, with a line in ``LEAST``.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from tierline.interpret import is_recurrent
from tierline.knowledge import load_gene_roles, load_hotspots, load_knowledge, load_oncogenicity_tables
from tierline.oncogenicity import assess, with_oncogenicity, with_recurrent_indel
from tierline.oncotree import OncoTree
from tierline.records import State, TierResult, Variant
from tierline.tiers import index_evidence, tier_variant

sys.path.insert(0, str(Path(__file__).parent))

from test_tiers import Case, listed, made_variant, rows

HERE = Path(__file__).parent / "tiers_knowledge"
LEAST = {
    "biomarkers": (45, 15),
    "haem_gaps": (40, 15),
    "haematology": (70, 25),
    "review_again": (40, 15),
    "review_haem": (100, 40),
    "review_solid": (200, 60),
    "review_solid_again": (45, 18),
    "solid": (120, 25),
    "solid_gaps": (80, 30),
}  # table: cases, and cases that must be neither Tier I nor II

CASES = [Case(path.stem, row) for path in sorted(HERE.glob("*.tsv")) for row in rows(path)]
KNOWLEDGE = load_knowledge().evidence
INDEX = index_evidence(KNOWLEDGE)
HOTSPOTS = load_hotspots()
ONCOGENICITY = load_oncogenicity_tables()
ROLES = {gene: row.role for gene, row in load_gene_roles().items()}
TREE = OncoTree.load()


def variant_of(gene: str, change: str, more: str = "", tumor_type: str = "") -> Variant:
    variant, _ = made_variant(gene, change, more)
    variant = replace(variant, is_hotspot=is_recurrent(variant, HOTSPOTS))  # asks for the gene and the protein change only
    variant = with_recurrent_indel(variant, ONCOGENICITY.indels(gene))
    found = assess(variant, ONCOGENICITY, tumor_type)
    return with_oncogenicity(variant, found.classification, found.points)


def co_variant(text: str) -> Variant:
    gene, _, rest = text.partition(" ")
    return variant_of(gene, "", rest) if "=" in rest else variant_of(gene, rest)


def run(case: Case) -> TierResult:
    row = case.row
    return tier_variant(
        variant_of(row["gene"], row["change"], row["more"], row["tumor_type"]),
        row["tumor_type"],
        INDEX,
        TREE,
        ROLES.get(row["gene"], ""),
        co_variants=[co_variant(text) for text in listed(row["co_variants"])],
        locus_states={locus: State(state) for locus, _, state in (text.partition("=") for text in listed(row["loci"]))},
        roles=ROLES,
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_golden_case(case: Case) -> None:
    row, result = case.row, run(case)
    got = {"tier": result.tier, "level": result.level, "axis": result.axis}
    assert got == {key: row[key] for key in got}, result.reason
    assert set(listed(row["evidence"])) <= set(result.evidence)
    assert bool(row["evidence"]) == (row["tier"] in ("I", "II"))


@pytest.mark.parametrize("table", sorted({case.file for case in CASES}))
def test_the_table_is_sound_and_its_mix_is_shown(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    own = [case for case in CASES if case.file == table]
    mix = Counter(case.row["tier"] for case in own)
    with capsys.disabled():
        print(f"\n{len(own)} {table} cases:", ", ".join(f"{mix[tier]} Tier {tier}" for tier in ("I", "II", "III", "IV")))
    cases, not_actionable = LEAST[table]
    assert len(own) >= cases and mix["III"] + mix["IV"] >= not_actionable
    assert len({str(case) for case in own}) == len(own)
    assert all(TREE.exists(case.row["tumor_type"]) and case.row["source"] for case in own)
