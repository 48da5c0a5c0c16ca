"""Change over time, on two real releases of CIViC: 2021-08 and 2026-05. Expectations were read in the tables by eye."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from test_interpret import SAMPLE, V600E, case_of
from tierline.case import to_json
from tierline.knowledge import KNOWLEDGE, load_gene_roles, load_hotspots
from tierline.knowledgebuild import build_folder, changed_reports, evidence_of
from tierline.knowledgediff import fact_changes

SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
OLD = SHARED / "knowledge" / "civic_01-Aug-2021-ClinicalEvidenceSummaries.tsv"
NEW = SHARED / "knowledge" / "civic_AcceptedClinicalEvidenceSummaries_2026-05.tsv"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (OLD.exists() and NEW.exists()), reason=f"no CIViC tables in {SHARED}"),
]


@pytest.fixture(scope="module")
def changes():
    return {row.id: row for row in fact_changes(evidence_of(OLD), evidence_of(NEW))}


def test_both_releases_are_read_and_compared(changes):
    kinds = {kind: sum(row.change == kind for row in changes.values()) for kind in ("came", "went", "level", "changed")}
    print(kinds)
    assert len(evidence_of(OLD)) > 2500 and len(evidence_of(NEW)) > 3500
    assert kinds["came"] > 800 and all(kinds.values())


@pytest.mark.parametrize(
    ("eid", "kind", "levels", "what"),
    [
        ("EID12264", "came", ("", "A"), ""),  # sotorasib with panitumumab
        ("EID1370", "level", ("A", "C"), ""),  # olaparib and BRCA1: CIViC's A became a B, alone
        ("EID639", "level", ("C", "B"), "alteration: p.Phe317Leu -> p.Thr315Ile"),  # CIViC corrected the variant
        ("EID1390", "level", ("C", "B"), ""),  # so now two studies agree on T315I and ponatinib
    ],
)
def test_single_items(changes, eid, kind, levels, what):
    row = changes[eid]
    assert (row.change, (row.level_from, row.level_to)) == (kind, levels)
    assert what in row.what


def case(folder, name, gene, hgvsp, tumor_type, old):
    """A finished case of one variant, as the knowledge of 2021 tiers it."""
    candidate = replace(V600E, gene=gene, hgvsp=hgvsp, hgvsc="", locus_ids=(), exon="")
    sample = replace(SAMPLE, sample=name, tumor_type=tumor_type)
    made = case_of((candidate,), old, sample=sample, roles=load_gene_roles(), hotspots=load_hotspots())
    (folder / f"{name}.mini.json").write_text(to_json(made), encoding="utf-8")


def test_which_reports_would_change_and_why(tmp_path):
    (tmp_path / "interpret").mkdir()
    old = evidence_of(OLD)
    case(tmp_path / "interpret", "CML1", "ABL1", "p.Thr315Ile", "CML", old)
    case(tmp_path / "interpret", "CRC1", "BRAF", "p.Val600Glu", "COADREAD", old)
    case(tmp_path / "interpret", "VUS1", "TP53", "p.Leu348Ser", "COADREAD", old)
    rows, cases = changed_reports(OLD, NEW, tmp_path)
    assert cases == 3
    assert {(row.sample, row.tier_from, row.tier_to, row.reported) for row in rows} == {
        ("CML1", "II C", "I B", ""),
        ("CRC1", "I B", "I A", ""),
    }
    why = {row.sample: row.why for row in rows}
    assert "EID1390 changed level C -> B (B sensitivity ponatinib)" in why["CML1"]
    assert "EID9851 came (A sensitivity cetuximab + encorafenib)" in why["CRC1"]


def test_the_shipped_table_is_built_again_from_the_download(tmp_path):
    facts = build_folder(tmp_path / "own", civic=NEW, civic_release="", oncotree=None, hotspots=None)
    for path in sorted((KNOWLEDGE / "civic").glob("*.tsv")):
        assert (tmp_path / "own" / "civic" / path.name).read_bytes() == path.read_bytes()
    assert facts > 4000


def test_an_older_release_can_be_built_too(tmp_path, capsys):
    build_folder(tmp_path / "own", civic=OLD, civic_release="01-Aug-2021", oncotree=None, hotspots=None)
    assert "Release: 01-Aug-2021." in (tmp_path / "own" / "civic" / "evidence.tsv").read_text(encoding="utf-8")
