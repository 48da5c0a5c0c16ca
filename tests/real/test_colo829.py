"""COLO829 and its blood line, from FASTQ to the report, on a reference in true GRCh38 coordinates. Truth: truth.tsv."""

import csv
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tierline.case import Case, from_json
from tierline.records import Candidate, Finding, LocusAnswer, State, Tier
from tierline.run import cache_folder
from tierline.tables import read_rows

SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
READS = SHARED / "colo829"
pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not READS.is_dir(), reason=f"no shared data at {SHARED}"),
]
CONTIG_ENDS = {"chr5": 2_000_000, "chr7": 140_925_000}  # slices beyond are left out: bwa indexes less
CASE = "COLO829T.hotspot50_tert"
CONFIG = """\
reference:
  build: GRCh38
  preset: ""
  fasta: {fasta}
  gtf: {gtf}
"""


def write_reference(folder: Path) -> tuple[Path, Path]:
    """FASTA (the slices in place, N between them) and GTF of chr5 and chr7; made once, beside and then moved."""
    fasta, gtf = folder / "GRCh38.chr5-chr7.fa", folder / "GRCh38.chr5-chr7.gtf"
    if fasta.is_file() and gtf.is_file():
        return fasta, gtf
    folder.mkdir(parents=True, exist_ok=True)
    contigs = {name: bytearray(b"N" * end) for name, end in CONTIG_ENDS.items()}
    with gzip.open(SHARED / "genome" / "grch38_slices.fa.gz", "rt") as handle:
        for record in handle.read().split(">")[1:]:
            header, *lines = record.splitlines()
            chrom, start1, end1 = re.fullmatch(r"(\w+):(\d+)-(\d+)", header).groups()  # type: ignore[union-attr]
            if chrom in contigs and int(end1) <= CONTIG_ENDS[chrom]:
                contigs[chrom][int(start1) - 1 : int(end1)] = "".join(lines).encode()
    with open(f"{fasta}.part", "wb") as out:
        for name, sequence in contigs.items():
            out.write(f">{name}\n".encode())
            out.writelines(bytes(sequence[i : i + 60]) + b"\n" for i in range(0, len(sequence), 60))
    with gzip.open(SHARED / "genome" / "grch38_slices.gtf.gz", "rt") as handle, open(f"{gtf}.part", "w") as out_gtf:
        for line in handle:
            chrom, _, _, _, end1, *_ = line.split("\t")
            if int(end1) <= CONTIG_ENDS.get(chrom, 0):
                out_gtf.write(line)
    Path(f"{gtf}.part").rename(gtf)
    Path(f"{fasta}.part").rename(fasta)
    return fasta, gtf


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    source = hashlib.sha256((SHARED / "genome" / "grch38_slices.fa.gz").read_bytes()).hexdigest()[:12]
    fasta, gtf = write_reference(cache_folder() / "tests" / f"colo829-{source}")
    folder = tmp_path_factory.mktemp("colo829")
    config = folder / "config"
    config.mkdir()
    (config / "config.yaml").write_text(CONFIG.format(fasta=fasta, gtf=gtf))
    columns = "sample patient kind tumor_type assay panels purity sex material germline_consent".split()
    rows = [
        ["COLO829T", "COLO829", "tumor", "MEL", "colo829", "hotspot50_tert", "", "male", "fresh", "no"],
        ["COLO829R", "COLO829", "normal", "", "colo829", "", "", "male", "blood", "no"],
    ]
    (config / "samples.tsv").write_text("".join("\t".join(row) + "\n" for row in [columns, *rows]))
    units = ["sample unit library flowcell lane fq1 fq2 bam".split()]
    for sample in ("COLO829T", "COLO829R"):
        for lane in range(1, 5):
            pair = [str(READS / f"{sample}_L00{lane}_R{mate}.fastq.gz") for mate in (1, 2)]
            units.append([sample, f"L{lane}", f"{sample}_lib", "HHKYHDSXX", str(lane), *pair, ""])
    (config / "units.tsv").write_text("".join("\t".join(row) + "\n" for row in units))
    command = [str(Path(sys.prefix) / "bin" / "tierline"), "run", "--cores", "2"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    yield folder


@pytest.fixture(scope="module")
def case(run_folder: Path) -> Case:
    return from_json((run_folder / f"results/interpret/{CASE}.json").read_text())


@pytest.fixture(scope="module")
def truth() -> list[dict[str, str]]:
    with open(READS / "truth.tsv") as handle:
        return list(csv.DictReader((line.lstrip("#") for line in handle), delimiter="\t"))


def finding(case: Case, gene: str) -> Finding:
    (found,) = [item.finding for item in case.findings if item.finding.gene == gene]
    return found


def test_braf_v600e_is_tier_one_with_its_inhibitor_combinations(case: Case) -> None:
    braf = finding(case, "BRAF")
    assert (braf.chrom, braf.pos1, braf.ref, braf.alt) == ("chr7", 140753336, "A", "T")
    assert (braf.hgvsc, braf.hgvsp) == ("c.1799T>A", "p.Val600Glu")
    assert braf.tier is Tier.I and braf.level == "A"
    assert braf.vaf is not None and 0.60 <= braf.vaf <= 0.75
    therapies = " ".join(braf.therapies).lower()
    for combination in ("dabrafenib + trametinib", "vemurafenib + cobimetinib", "encorafenib + binimetinib"):
        assert combination in therapies
    assert set(braf.locus_ids) == {"BRAF:p.600", "BRAF:e15"}


def test_the_tert_promoter_change_is_recognised_inside_the_two_base_change(case: Case) -> None:
    tert = finding(case, "TERT")
    assert (tert.chrom, tert.pos1, tert.ref, tert.alt) == ("chr5", 1295113, "GG", "AA")
    assert tert.hgvsc == "c.-125_-124delinsTT"
    assert set(tert.locus_ids) == {"TERT:c.-124", "TERT:c.-125"}
    assert tert.tier in (Tier.I, Tier.II), tert.reason
    (item,) = [item for item in case.findings if item.finding.gene == "TERT"]
    assert any("c.-124C>T" in m.evidence.alteration or "promoter" in m.evidence.alteration for m in item.trace)


def test_the_germline_variant_is_not_reported_as_somatic(case: Case, run_folder: Path) -> None:
    assert all(item.finding.pos1 != 1295234 for item in case.findings)
    ledger = read_rows(run_folder / f"results/filter/{CASE}.ledger.tsv", Candidate)
    (row,) = [row for row in ledger if row.pos1 == 1295234]
    assert row.fate != "finding" and row.why


def test_every_row_of_the_truth_is_accounted_for(case: Case, truth: list[dict[str, str]]) -> None:
    covered = {(f.chrom, f.pos1 + i): f for f in (item.finding for item in case.findings) for i in range(len(f.ref))}
    somatic = [row for row in truth if row["class"] == "somatic"]
    for row in somatic:
        found = covered[row["chrom"], int(row["pos1"])]
        alternate, depth = (int(n) for n in row["tumor_alt/depth"].split("/"))
        assert found.vaf == pytest.approx(alternate / depth, abs=0.08)
        assert found.normal_alt_depth == 0
    assert {(f.chrom, f.pos1) for f in covered.values()} == {("chr7", 140753336), ("chr5", 1295113)}
    print(f"{len(somatic)} somatic rows compared, {len(truth) - len(somatic)} germline row held back, 0 skipped")
    assert len(somatic) >= 3


def test_what_was_not_covered_is_said(case: Case) -> None:
    by_state: dict[State, list[LocusAnswer]] = {state: [] for state in State}
    for row in case.loci:
        by_state[row.state].append(row)
    assert {row.locus_id for row in by_state[State.DETECTED]} == {"BRAF:e15", "BRAF:p.600", "TERT:c.-124", "TERT:c.-125"}
    assert {row.gene for row in by_state[State.NOT_DETECTED]} <= {"BRAF", "TERT"}
    elsewhere = [row for row in case.loci if row.gene not in ("BRAF", "TERT")]
    assert all(row.state is State.NOT_COVERED and row.reason for row in elsewhere)
    reasons = {row.gene: row.reason for row in elsewhere}
    assert reasons["KRAS"] == "gene_not_in_annotation"  # chr12 is not in this reference
    assert reasons["EGFR"] == "outside_assay"  # chr7 is, and its reads are not
    print({str(state): len(rows) for state, rows in by_state.items()})


def test_the_report_says_it_all(run_folder: Path) -> None:
    page = (run_folder / f"results/report/{CASE}.html").read_text()
    for words in ("p.Val600Glu", "c.-125_-124delinsTT", "not covered", "DRAFT"):
        assert words in page
    assert "SYNTHETIC" not in page


def test_a_recount_has_the_depth_of_the_coverage_stage(run_folder: Path) -> None:
    """One definition of usable depth: the recount at an SNV and the per-base table of mpileup."""
    with gzip.open(run_folder / "results/coverage/COLO829T.depth.tsv.gz", "rt") as handle:
        depth = {(c, int(p)): int(usable) for c, p, usable, _ in (line.split("\t") for line in handle)}
    ledger = list(read_rows(run_folder / f"results/filter/{CASE}.ledger.tsv", Candidate))
    compared = [row for row in ledger if len(row.ref) == len(row.alt) == 1 and (row.chrom, row.pos1) in depth]
    print(f"{len(compared)} of {len(ledger)} candidates compared; indels, MNVs and off-target ones skipped")
    assert len(compared) >= 1
    assert [row.depth for row in compared] == [depth[row.chrom, row.pos1] for row in compared]


def test_the_case_file_is_json_of_our_schema(run_folder: Path) -> None:
    assert json.loads((run_folder / f"results/interpret/{CASE}.json").read_text())["schema"] == "tierline.case/1"
