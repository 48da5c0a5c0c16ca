"""Golden cases of the tier engine: each row of ``tiers/*.tsv`` is one variant in one patient and what must come of it.

Columns: ``change`` holds c. and p. notations; ``more`` further facts (hotspot; af, an, group; clinvar; cn; fusion;
exon; length; labels; parts; consequence; biomarker, score, unit; exception; outside_panel); ``trace`` rules that the
working must also show; ``therapies`` is compared only where it is filled. All evidence of ``evidence.tsv``, and of
``evidence_against.tsv``, whose rows found against what they name, is always known to the engine.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tierline.hgvs import normalise_coding, normalise_protein
from tierline.oncotree import OncoTree
from tierline.records import Axis, Evidence, State, TierResult, Variant
from tierline.tiers import RULES, index_evidence, tier_variant

HERE = Path(__file__).parent / "tiers"
ROLES = {"EGFR": "oncogene", "KRAS": "oncogene", "BRAF": "oncogene"}


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as handle:
        lines = (line for line in handle if not line.startswith("#"))
        found = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in found:
        assert None not in row and None not in row.values(), f"{path.name}: wrong number of cells in {row}"
    return found


def listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()


def made_evidence(row: dict[str, str], supports: bool = True) -> Evidence:
    return Evidence(
        id=row["id"],
        gene=row["gene"],
        alteration=row["alteration"],
        tumor_types=listed(row["tumor_types"]),
        except_types=listed(row["except_types"]),
        axis=Axis(row["axis"]),
        effect=row["effect"],
        therapy=row["therapy"],
        level=row["level"],
        jurisdictions=listed(row["jurisdictions"]),
        approved_test="",
        setting="",
        source="made for the tests",
        source_url="",
        source_date="",
        looked_up="",
        read_on="",
        withdrawn_on=row["withdrawn_on"],
        supports=supports,
    )


def made_variant(gene: str, change: str, more: str = "") -> tuple[Variant, dict[str, str]]:
    facts = {key: value for key, _, value in (item.partition("=") for item in listed(more))}
    hgvsc = next((normalise_or_spelt(text) for text in change.split() if text.startswith("c.")), "")
    hgvsp = next((normalise_protein(text) for text in change.split() if not text.startswith("c.")), "")
    exon, _, exons = facts.get("exon", "").partition("/")
    numbers: dict[str, Any] = {
        "population_af": float(facts["af"]) if "af" in facts else None,
        "population_an": int(facts["an"]) if "an" in facts else None,
        "exon": int(exon) if exon else None,
        "exon_count": int(exons) if exons else None,
        "score": float(facts["score"]) if "score" in facts else None,
        "protein_length": int(facts["length"]) if "length" in facts else None,
    }
    variant = Variant(
        gene=gene,
        hgvsc=hgvsc,
        hgvsp=hgvsp,
        consequence=facts.get("consequence", ""),
        parts=tuple(facts["parts"].split(",")) if "parts" in facts else (),
        copy_number_change=facts.get("cn", ""),
        biomarker=facts.get("biomarker", ""),
        score_unit=facts.get("unit", ""),
        fusion_partner=facts.get("fusion", ""),
        is_hotspot="hotspot" in facts,
        population_group=facts.get("group", ""),
        clinvar=facts.get("clinvar", ""),
        labels=tuple(facts["labels"].split(",")) if "labels" in facts else (),
        **numbers,
    )
    return variant, facts


def normalise_or_spelt(text: str) -> str:
    """Replacements that spell out their reference bases stay as they are written; the rest is made canonical."""
    return text if re.search("del[ACGT]+ins", text) else normalise_coding(text)


@dataclass(frozen=True)
class Case:
    file: str
    row: dict[str, str]

    def __str__(self) -> str:
        return f"{self.file}: {self.row['case']}"


CASES = [Case(path.stem, row) for path in sorted(HERE.glob("*.tsv")) if "evidence" not in path.stem for row in rows(path)]
EVIDENCE = [made_evidence(row) for row in rows(HERE / "evidence.tsv")]
EVIDENCE += [made_evidence(row, supports=False) for row in rows(HERE / "evidence_against.tsv")]
INDEX = index_evidence(EVIDENCE)
TREE = OncoTree.load()


def run(case: Case) -> TierResult:
    row = case.row
    variant, facts = made_variant(row["gene"], row["change"], row["more"])
    pairs = (text.split(" ", 1) for text in listed(row["co_variants"]))
    others = [made_variant(gene, "", rest)[0] if "=" in rest else made_variant(gene, rest)[0] for gene, rest in pairs]
    states = {locus: State(state) for locus, _, state in (text.partition("=") for text in listed(row["loci"]))}
    return tier_variant(
        variant,
        row["tumor_type"],
        INDEX,
        TREE,
        row["role"],
        co_variants=others,
        locus_states=states or None,
        gene_in_panel="outside_panel" not in facts,
        benign_exceptions=frozenset(listed(facts.get("exception", ""))),
        roles=ROLES,
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_golden_case(case: Case) -> None:
    row, result = case.row, run(case)
    got = {"tier": result.tier, "level": result.level, "axis": result.axis, "rule": result.rule, "match": result.match}
    assert got == {key: row[key] for key in got}, result.reason
    assert set(listed(row["trace"])) <= {item.rule for item in result.trace}
    if row["therapies"]:
        assert result.therapies == listed(row["therapies"])
    assert result.reason.startswith(("BRAF", row["gene"], row["more"].partition("fusion=")[2] or "-"))
    assert result.reason.endswith(".")


def test_the_cases_are_enough_and_their_mix_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    mix = Counter(case.row["tier"] for case in CASES)
    with capsys.disabled():
        print(f"\n{len(CASES)} golden tier cases:", ", ".join(f"{mix[t]} Tier {t}" for t in ("I", "II", "III", "IV")))
    assert len(CASES) >= 130
    assert mix["III"] + mix["IV"] >= 60
    assert len({str(case) for case in CASES}) == len(CASES)


def test_the_made_evidence_names_real_tumour_types() -> None:
    words = {"any", "any_solid", "any_haematological"}
    assert all(TREE.exists(code) for e in EVIDENCE for code in (*e.tumor_types, *e.except_types) if code not in words)


def test_every_rule_is_reached_by_a_case() -> None:
    results = [run(case) for case in CASES]
    reached = {result.rule for result in results} | {item.rule for result in results for item in result.trace}
    assert reached == set(RULES)


def test_every_item_but_the_one_that_names_nothing_is_used() -> None:
    """PIK3CA-2 asks for a loss of function of an oncogene: no variant is that."""
    used = {item.evidence.id for case in CASES for item in run(case).trace}
    assert {item.id for item in EVIDENCE} - used == {"PIK3CA-2"}
