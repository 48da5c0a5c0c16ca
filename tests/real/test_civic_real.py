"""CIViC's own releases: the embedded table is made of the shared file, most of it is understood, and 2021's is read."""

import csv
import importlib
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from tierline.alterations import parse
from tierline.knowledge import KNOWLEDGE, civic
from tierline.tables import read_rows

SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (SHARED / "knowledge").is_dir(), reason=f"no shared data at {SHARED}"),
]
RELEASE_2026 = SHARED / "knowledge" / "civic_AcceptedClinicalEvidenceSummaries_2026-05.tsv"
RELEASE_2021 = SHARED / "knowledge" / "civic_01-Aug-2021-ClinicalEvidenceSummaries.tsv"
CLINICAL = ("Predictive", "Diagnostic", "Prognostic")
NOT_DNA = re.compile(
    r"expression|methylation|phosphorylation|levels|translocation$|mislocalization|\bRS\d|SNP\d|polymorphism|genotype|"
    r"\w\*\d+\w*( HOMOZYGOSITY)?$|wildtype|TMB|MSI|signature|kataegis|CK High|CD44|AR-V7|alternative transcript",
    re.IGNORECASE,
)
"""Profiles that are about something else than an SNV, an indel, a copy number or a fusion."""


@pytest.fixture(scope="module")
def items():
    return list(read_rows(KNOWLEDGE / "civic" / "evidence.tsv", civic.Item))


def test_the_embedded_table_is_that_of_the_release(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(KNOWLEDGE))
    distil_civic = importlib.import_module("distil_civic")
    for name in ("diseases.tsv", "corrections.tsv"):
        (tmp_path / name).write_bytes((KNOWLEDGE / "civic" / name).read_bytes())
    distil_civic.distil("2026-05", RELEASE_2026, tmp_path)
    assert (tmp_path / "evidence.tsv").read_bytes() == (KNOWLEDGE / "civic" / "evidence.tsv").read_bytes()
    assert list(civic.read_table(RELEASE_2026, KNOWLEDGE)) == list(civic.read(KNOWLEDGE))


def test_no_sentence_of_civic_is_in_the_table():
    with open(RELEASE_2026, encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    words = {" ".join(row["evidence_statement"].split()) for row in rows}
    table = (KNOWLEDGE / "civic" / "evidence.tsv").read_text(encoding="utf-8")
    cells = {cell for line in table.splitlines() for cell in line.split("\t")}
    assert len(words) > 4_500 and words.isdisjoint(cells)


def test_at_least_nine_of_ten_items_on_dna_are_understood(items, capsys):
    diseases = civic.reading(KNOWLEDGE / "civic").diseases
    compared = [item for item in items if item.evidence_type in CLINICAL and not NOT_DNA.search(item.profile)]
    reasons = Counter(civic.why_unread(item, diseases.get(item.disease)) for item in compared)
    understood = sum(count for reason, count in reasons.items() if not reason or reason in civic.BY_RULE)
    with capsys.disabled():
        print(f"\nCIViC 2026-05, SNV, indel, copy number, fusion: compared {len(compared)}, understood {understood}")
        print(f"  gives evidence: {reasons['']}; left out by a rule:", end=" ")
        print(", ".join(f"{reasons[reason]} {reason}" for reason in civic.BY_RULE if reasons[reason]))
        for reason, count in reasons.most_common():
            if reason and reason not in civic.BY_RULE:
                print(f"  not understood: {count} {reason}")
    assert len(compared) >= 3_300
    assert understood / len(compared) >= 0.90


def test_every_item_gives_a_fact_or_a_reason(items):
    read = {fact.source_url.rsplit("/", 1)[1] for fact in civic.read(KNOWLEDGE)}
    unread = {record.id.removeprefix("EID") for record in civic.unread(KNOWLEDGE)}
    assert not read & unread
    assert read | unread == {str(item.evidence_id) for item in items}


def test_every_disease_of_the_release_is_in_our_table(items):
    diseases = civic.reading(KNOWLEDGE / "civic").diseases
    assert {item.disease for item in items} - {""} == set(diseases)
    assert all(diseases[item.disease].doid == item.doid for item in items if item.disease)


def test_corrections_are_of_items_that_are_read(items):
    diseases = civic.reading(KNOWLEDGE / "civic").diseases
    known = {item.evidence_id: item for item in items}
    for row in civic.reading(KNOWLEDGE / "civic").corrections:
        item = known[row.evidence_id]
        assert civic.why_unread(item, diseases.get(item.disease)) == ""
        differs = {
            "level": (item.level,),
            "tumor_types": diseases[item.disease].tumor_types,
            "alterations": item.alterations,
            "except_types": (),
        }[row.field]
        assert row.value != differs, f"the correction of EID{row.evidence_id} changes nothing"


def test_references_in_the_corrections_exist(items):
    known = {item.evidence_id for item in items}
    curated = "".join(path.read_text() for path in (KNOWLEDGE / "curated").glob("*.tsv"))
    approvals = (SHARED / "knowledge" / "approvals_moalmanac_2026-05.tsv").read_text()
    for row in civic.reading(KNOWLEDGE / "civic").corrections:
        assert {int(number) for number in re.findall(r"EID(\d+)", row.reason)} <= known
        assert all(name in approvals for name in re.findall(r"ind:[\w.-]+:\d+", row.reason))
        assert all(f"{name}\t" in curated for name in re.findall(r"\.tsv, ([\w-]+)", row.reason))


@pytest.mark.parametrize(
    ("evidence_id", "level", "words"),
    [
        ("EID1409", "A", "BRAF p.Val600Glu MEL sensitivity vemurafenib"),
        ("EID238", "A", "EGFR p.Thr790Met NSCLC resistance erlotinib"),
        ("EID436", "B", "BTK p.Cys481Ser CLLSLL resistance ibrutinib"),  # with EID1770, another study
        ("EID1770", "B", "BTK p.Cys481Ser CLLSLL resistance ibrutinib"),
        ("EID6309", "B", "ABL1 p.Phe317Leu CML resistance dasatinib"),  # with EID637; BCR::ABL1 makes the disease
        ("EID12161", "A", "BRAF p.Val600Glu any_solid sensitivity dabrafenib + trametinib"),  # except COADREAD
        ("EID11228", "C", "EGFR exon 20 inframe_insertion NSCLC sensitivity mobocertinib"),  # withdrawn
        ("EID11243.2", "A", "BRCA2 mutation OVT;HGSFT;PSEC sensitivity niraparib"),
    ],
)
def test_items_read_by_hand(evidence_id, level, words):
    (fact,) = [fact for fact in civic.read(KNOWLEDGE) if fact.id == evidence_id]
    said = f"{fact.gene} {fact.alteration} {';'.join(fact.tumor_types)} {fact.axis} {fact.therapy}"
    assert (fact.level, said) == (level, words)


def test_egfr_variant_iii_is_what_the_lost_exons_leave():
    """Exons 2-7 of the gene model in the shared data: codons 30 and 297 hold the first and the last lost base."""
    import gzip

    with gzip.open(SHARED / "genome" / "grch38_slices.gtf.gz", "rt") as handle:
        rows = [line.rstrip("\n").split("\t") for line in handle if not line.startswith("#")]
    exons = {}
    for row in rows:
        name, number = (re.search(rf'{key} "?(\w+)', row[8]) for key in ("gene_name", "exon_number"))
        if row[2] == "CDS" and name and name[1] == "EGFR" and number:
            exons[int(number[1])] = int(row[4]) - int(row[3]) + 1
    assert sorted(exons)[:7] == [1, 2, 3, 4, 5, 6, 7]
    first, last = exons[1] + 1, sum(exons[number] for number in range(1, 8))
    assert (last - first + 1) % 3 == 0
    assert ((first + 2) // 3, (last + 2) // 3) == (30, 297)
    (alteration,) = civic.translate("EGFR VIII")
    change = parse(alteration.partition(" ")[2], "EGFR").parts[0].atoms[0].protein
    assert change is not None and (change.start, change.end) == (30, 297)


def test_the_release_of_2021_is_read_too(capsys):
    facts = civic.read_table(RELEASE_2021, KNOWLEDGE)
    read = {fact.source_url for fact in facts}
    clinical = [
        item for item in civic.items_of(RELEASE_2021) if item.evidence_type in CLINICAL and not NOT_DNA.search(item.profile)
    ]
    share = sum(f"{civic.ADDRESS}{item.evidence_id}" in read for item in clinical) / len(clinical)
    with capsys.disabled():
        print(f"\nCIViC 2021-08: {len(facts)} facts; {share:.1%} of {len(clinical)} clinical items on DNA give one")
    assert share >= 0.85
    t315i = [fact for fact in facts if (fact.gene, fact.alteration) == ("ABL1", "p.Thr315Ile")]
    assert {fact.tumor_types for fact in t315i} >= {("CML",)} and len(t315i) >= 10
