"""Every curated fact against the public tables it was read in (``resources/knowledge/check_sources.py``)."""

import csv
import importlib
import os
import re
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from tierline.knowledge import KNOWLEDGE, curated
from tierline.tables import read_rows

SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (SHARED / "knowledge").is_dir(), reason=f"no shared data at {SHARED}"),
]


@pytest.fixture(scope="module")
def check_sources():
    sys.path.insert(0, str(KNOWLEDGE))
    yield importlib.import_module("check_sources")
    sys.path.remove(str(KNOWLEDGE))


@pytest.fixture(scope="module")
def facts():
    return list(curated.read(KNOWLEDGE))


@pytest.fixture(scope="module")
def justified(check_sources):
    return list(read_rows(KNOWLEDGE / "justified_differences.tsv", check_sources.Justified))


@pytest.fixture(scope="module")
def pages(check_sources):
    return list(read_rows(KNOWLEDGE / "pages.tsv", check_sources.Page))


def test_every_fact_agrees_with_its_source(check_sources, facts, justified, pages):
    outcome = check_sources.check(SHARED, facts, justified, pages)
    print(f"compared {len(outcome.compared)} of {len(facts)}, skipped {len(outcome.skipped)}: {outcome.skipped}")
    assert len(outcome.compared) + len(outcome.on_pages) + len(outcome.skipped) == len(facts)
    assert outcome.failures == []
    assert outcome.share >= check_sources.MINIMUM
    assert len(outcome.compared) >= 800


def test_every_justification_gives_its_reason(justified):
    assert justified and all(len(row.reason.split()) >= 4 for row in justified)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"gene": "EGFR"}, "gene"),
        ({"therapy": "dabrafenib"}, "therapy"),
        ({"tumor_types": ("UM",)}, "tumor_types"),
        ({"alteration": "p.Val600Arg"}, "alteration"),
        ({"alteration": "exon 15"}, None),
        ({"alteration": "exon 11"}, "alteration"),
        ({"axis": "resistance"}, "axis"),
        ({"source": "Cotellic (cobimetinib) label, FDA application 206193, 2023-05-31"}, "source"),
        ({"source_url": "https://example.org"}, "source_url"),
        ({"source_date": "2023-06-01"}, "source_date"),
        ({"looked_up": "via moalmanac-db 2026-05 approvals, ind:fda.cotellic:7"}, "no such row"),
    ],
)
def test_an_altered_approval_is_caught(check_sources, facts, change, check):
    fact = next(fact for fact in facts if fact.id == "braf-v600ek-vemurafenib-cobimetinib-mel-fda")
    failures = check_sources.check(SHARED, [replace(fact, **change)], []).failures
    assert failures == [] if check is None else any(check in line for line in failures)


@pytest.mark.parametrize(
    ("fact_id", "change", "check"),
    [
        ("egfr-c797s-osimertinib-nsclc-civic", {"level": "B"}, "level"),
        ("egfr-c797s-osimertinib-nsclc-civic", {"source": "PMID 25939060"}, "source"),
        ("braf-v600e-worse-thpa-civic", {"level": "B"}, "level"),  # well rated, but contradicted
        ("ctnnb1-t41a-desmoid-civic", {"level": "A"}, "level"),
        ("ctnnb1-t41a-desmoid-civic", {"effect": "negative"}, "axis"),
        ("egfr-ex20ins-mobocertinib-nsclc-fda", {"level": "A"}, "level"),  # withdrawn
        ("erbb2-amplification-trastuzumab-pertuzumab-docetaxel-brca-civic", {"level": "B"}, "level"),  # one trial twice
        ("braf-fusion-kiaa1549-past-civic", {"alteration": "fusion FAM131B"}, "alteration"),
        ("kras-g12c-divarasib-nsclc-civic", {"setting": "trial NCT04449873"}, "trial"),
    ],
)
def test_an_altered_study_is_caught(check_sources, facts, justified, fact_id, change, check):
    fact = next(fact for fact in facts if fact.id == fact_id)
    own = [row for row in justified if row.fact == fact_id]
    failures = check_sources.check(SHARED, [replace(fact, **change)], own).failures
    assert [line for line in failures if f": {check}: " in line]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"gene": "FLT3"}, "FLT3 is not named"),
        ({"source": "European LeukemiaNet recommendations, 2017"}, "2017"),
        ({"read_on": "2026-01-01"}, "read on 2026-01-01"),
    ],
)
def test_a_fact_of_a_page_must_fit_the_page(check_sources, facts, pages, change, words):
    fact = next(fact for fact in facts if fact.id == "asxl1-worse-aml-eln")
    outcome = check_sources.check(SHARED, [replace(fact, **change)], [], pages)
    found = [line for line in outcome.failures if line.startswith(f"{fact.id}: page: ")]
    assert outcome.on_pages == [fact.id]
    assert len(found) == bool(words) and all(words in line for line in found)


def test_an_unlisted_page_is_no_source(check_sources, facts):
    fact = next(fact for fact in facts if fact.id == "asxl1-worse-aml-eln")
    outcome = check_sources.check(SHARED, [fact], [], [])
    assert outcome.skipped and outcome.share == 0


def test_a_page_that_no_fact_uses_is_a_failure(check_sources, facts, justified, pages):
    idle = check_sources.Page("https://example.org", "a page", ("BRAF",), "2026-01-01")
    failures = check_sources.check(SHARED, facts, justified, [*pages, idle]).failures
    assert failures == ["pages.tsv: https://example.org: no fact on BRAF was read there"]


def residues_by_source():
    """(gene, position) -> the reference residue and where it stands; a CIViC item is named by its number."""
    known = defaultdict(set)
    renamed = {"H3F3A": "H3-3A", "HIST1H3B": "H3C2"}
    with (SHARED / "knowledge" / "hotspots_v2_and_3d.txt").open() as table:
        for row in csv.DictReader(table, delimiter="\t"):
            if found := re.fullmatch(r"([A-Z])(\d+)", row["residue"]):
                gene = renamed.get(row["hugo_symbol"], row["hugo_symbol"])
                known[gene, int(found[2])].add((found[1], "cancerhotspots.org"))
    for build in ("GRCh37", "GRCh38"):
        with (SHARED / "knowledge" / f"maftools_cancerhotspots_v2_{build}.tsv").open() as table:
            for *_, gene, _, change, _ in csv.reader(table, delimiter="\t"):
                if found := re.match(r"([A-Z])(\d+)", change):
                    known[renamed.get(gene, gene), int(found[2])].add((found[1], "maftools"))
    with (SHARED / "knowledge" / "civic_AcceptedClinicalEvidenceSummaries_2026-05.tsv").open() as table:
        for row in csv.DictReader(table, delimiter="\t"):
            for gene, residue, position in re.findall(r"(\S+) ([A-Z])(\d+)\B", row["molecular_profile"]):
                known[gene, int(position)].add((residue, f"EID{row['evidence_id']}"))
    return known


def test_each_residue_stands_elsewhere_too(check_sources, facts):
    """The reference residue of every protein change, against tables and items that the fact was not read in."""
    known, compared, skipped, wrong = residues_by_source(), 0, set(), []
    for fact in facts:
        own = re.findall(r"EID\d+", fact.looked_up)
        for atom in re.split(r" [&|] ", fact.alteration):
            gene = named[1] if (named := re.match(r"!?([A-Z][\w-]*) p\.", atom)) else fact.gene
            for residue, position in re.findall(r"(?:p\.|_)([A-Z][a-z]{2})(\d+)", atom):
                letter = check_sources.THREE_LETTER[residue]
                elsewhere = {other for other, source in known[gene, int(position)] if source not in own}
                if not elsewhere:
                    skipped.add(f"{gene} {letter}{position}")
                    continue
                compared += 1
                if letter not in elsewhere:
                    wrong.append((fact.id, gene, f"{letter}{position}", sorted(elsewhere)))
    print(f"compared {compared} residues, skipped {len(skipped)} that stand nowhere else: {sorted(skipped)}")
    assert wrong == []
    assert compared >= 400


def test_a_justification_that_nothing_needs_is_a_failure(check_sources, facts):
    fact = next(fact for fact in facts if fact.id == "egfr-c797s-osimertinib-nsclc-civic")
    needless = check_sources.Justified(fact.id, "therapy", "nothing differs here at all")
    assert check_sources.check(SHARED, [fact], [needless]).failures


def test_the_distilled_tables_are_those_of_the_sources(monkeypatch, tmp_path):
    """The committed scripts make the committed tables again, byte for byte."""
    monkeypatch.syspath_prepend(str(KNOWLEDGE))
    distil_oncotree = importlib.import_module("distil_oncotree")
    distil_hotspots = importlib.import_module("distil_hotspots")
    distil_oncotree.distil(SHARED / "knowledge" / "oncotree_2025_10_03.json", tmp_path)
    distil_hotspots.distil(SHARED / "knowledge" / "hotspots_v2_and_3d.txt", tmp_path)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == ["hotspot_indels.tsv", "hotspot_residues.tsv", "oncotree.tsv"]
    for name in made:
        assert (tmp_path / name).read_bytes() == (KNOWLEDGE / name).read_bytes(), name
