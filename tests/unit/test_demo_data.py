"""The demo is what it says: reproducible, biologically sound, and rich enough to show every answer."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise
from pathlib import Path

import pysam
import pytest
import yaml
from Bio.Seq import Seq
from Bio.SeqUtils import seq3
from tierline.annotation import load_gene_models, load_transcripts
from tierline.assays import load_assay
from tierline.panels import load_panel, resolve_loci
from tierline.sheets import load_project

REPO = Path(__file__).resolve().parents[2]
DEMO = REPO / "resources" / "demo"
ASSAY = REPO / "resources" / "assays" / "demo"
PANELS = REPO / "resources" / "panels"


@cache
def genome() -> dict[str, str]:
    blocks = (DEMO / "genome.fa").read_text().split(">")[1:]
    return {block.split()[0]: "".join(block.split("\n")[1:]) for block in blocks}


@cache
def coding() -> dict[str, tuple[str, str, tuple[int, ...], tuple[int, ...]]]:
    """Gene -> contig, strand, 0-based positions of its coding bases in order, coding bases per exon; from the GTF."""
    parts: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    place = {}
    for line in (DEMO / "genes.gtf").read_text().splitlines():
        contig, _, feature, start, end, _, strand, _, attributes = line.split("\t")
        if feature in {"CDS", "stop_codon"}:
            values = dict(item.strip().split(" ", 1) for item in attributes.rstrip(";").split(";"))
            gene = values["gene_name"].strip('"')
            place[gene] = contig, strand
            parts[gene].append((int(values["exon_number"].strip('"')), int(start) - 1, int(end)))
    found = {}
    for gene, (contig, strand) in place.items():
        step = 1 if strand == "+" else -1
        per_exon: dict[int, list[int]] = defaultdict(list)
        for exon, start, end in parts[gene]:
            per_exon[exon] += range(start, end)
        positions = [p for exon in sorted(per_exon) for p in sorted(per_exon[exon])[::step]]
        found[gene] = contig, strand, tuple(positions), tuple(len(per_exon[exon]) for exon in sorted(per_exon))
    return found


@cache
def protein(gene: str) -> str:
    contig, strand, positions, _ = coding()[gene]
    bases = Seq("".join(genome()[contig][p] for p in positions))
    return str((bases if strand == "+" else bases.complement()).translate())


def rows(name: str) -> list[dict[str, str]]:
    lines = [line for line in (DEMO / name).read_text().splitlines() if not line.startswith("#")]
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]


def expected() -> dict[str, dict]:
    return yaml.safe_load((DEMO / "expected.yaml").read_text())["cases"]


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_the_script_writes_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, DEMO / "make_demo.py", tmp_path], check=True, capture_output=True)
    written = [p for p in tmp_path.rglob("*") if p.is_file()]
    for path in written:
        name = path.relative_to(tmp_path)
        committed = ASSAY / path.name if name.parts[0] == "assay" else DEMO / name
        if path.suffix == ".tbi":  # how it is packed depends on the htslib at hand
            assert committed.is_file()
        else:  # of what is packed, the content: zlib versions differ
            assert unpacked(path) == unpacked(committed), name
    assert len(written) == 10 + 10  # reads; genome, annotation, transcripts, population, indices, sheets, expected, targets


def test_packed_reads_carry_no_date() -> None:
    files = sorted((DEMO / "fastq").iterdir())
    assert len(files) == 10
    for path in files:
        assert path.read_bytes()[4:8] == bytes(4), path.name


def test_it_stays_small() -> None:
    size = sum(p.stat().st_size for folder in (DEMO, ASSAY) for p in folder.rglob("*") if p.is_file())
    assert 1_000_000 < size <= 7_000_000


def test_every_coding_sequence_is_a_protein() -> None:
    lengths = {row["gene"]: int(row["protein_length"]) for row in rows("transcripts.tsv")}
    for gene in coding():
        amino_acids = protein(gene)
        assert amino_acids.startswith("M"), gene
        assert amino_acids.index("*") == len(amino_acids) - 1 == lengths[gene], gene
    assert len(coding()) == 46
    assert set(lengths) - set(coding()) == {"SMARCB1", "CDKN2A", "FGFR1", "FGFR2", "FGFR3"}


def test_protein_lengths_are_those_of_the_real_transcripts() -> None:
    choices = load_transcripts(PANELS.parent / "transcripts" / "GRCh38.tsv")
    compared = [g for g in coding() if g in choices and choices[g].protein_length]
    assert {g: len(protein(g)) - 1 for g in compared} == {g: choices[g].protein_length for g in compared}
    assert len(compared) >= 45


def test_exons_are_those_of_the_table() -> None:
    by_gene: dict[str, list[int]] = defaultdict(list)
    for row in rows("exons.tsv"):
        if int(row["cds_bp"]):
            by_gene[row["gene"]].append(int(row["cds_bp"]))
    compared = 0
    for gene, (_, _, _, per_exon) in coding().items():
        assert list(per_exon) == by_gene[gene], gene
        compared += len(per_exon)
    assert compared > 600


@pytest.mark.parametrize(
    ("gene", "codon", "exon"),
    [("BRAF", 600, 15), ("EGFR", 746, 19), ("EGFR", 790, 20), ("EGFR", 858, 21), ("KRAS", 12, 2), ("KIT", 557, 11),
     ("MET", 1010, 14), ("PIK3CA", 545, 10), ("PIK3CA", 1047, 21), ("JAK2", 617, 14), ("ERBB2", 776, 20)],
)  # fmt: skip
def test_codons_lie_in_their_exons(gene: str, codon: int, exon: int) -> None:
    rows_of = [row for row in rows("exons.tsv") if row["gene"] == gene]
    before = sum(int(row["cds_bp"]) for row in rows_of if int(row["exon"]) < exon)
    here = next(int(row["cds_bp"]) for row in rows_of if int(row["exon"]) == exon)
    assert before < 3 * codon - 2 <= before + here


def test_introns_begin_and_end_as_introns_do() -> None:
    ends: Counter[str] = Counter()
    for contig, strand, positions, _ in coding().values():
        for a, b in pairwise(positions):
            if abs(b - a) > 1:
                low, high = sorted((a, b))
                intron = Seq(genome()[contig][low + 1 : high])
                intron = intron if strand == "+" else intron.reverse_complement()
                ends[f"{intron[:2]}..{intron[-2:]}"] += 1
    assert set(ends) == {"GT..AG"} and ends.total() > 600


def test_hotspot_residues_are_the_real_ones() -> None:
    compared = 0
    for row in rows("residues.tsv"):
        if row["gene"] in coding() and row["locus"].startswith("p."):
            assert protein(row["gene"])[int(row["locus"][2:]) - 1] == row["residue"], row
            compared += 1
    assert compared > 650


def test_expected_variants_mean_what_their_names_say() -> None:
    compared = 0
    for case in expected().values():
        for item in (*case["findings"], *case["not_reportable"], *case["technical"]):
            contig, strand, positions, _ = coding()[item["gene"]]
            start = item["pos1"] - 1
            assert genome()[contig][start : start + len(item["ref"])] == item["ref"], item
            if not item["hgvsp"]:
                continue
            changed = {start + i: "" for i in range(len(item["ref"]))}
            changed[start] = item["alt"]
            bases = [changed.get(p, genome()[contig][p]) for p in positions]
            text = Seq("".join(bases))
            mutant = str((text if strand == "+" else text.complement()).translate())
            if item["hgvsp"].endswith("="):
                assert mutant == protein(item["gene"]), item
            else:
                assert name_change(protein(item["gene"]), mutant) == item["hgvsp"], item
            compared += 1
    assert compared == 10


def name_change(before: str, after: str) -> str:
    """p. name of a single substitution or an in-frame deletion; enough for the demo."""
    first = next(i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
    lost = len(before) - len(after)
    if lost == 0:
        assert before[first + 1 :] == after[first + 1 :]
        return f"p.{seq3(before[first])}{first + 1}{seq3(after[first])}"
    assert before[first + lost :] == after[first:]
    return f"p.{seq3(before[first])}{first + 1}_{seq3(before[first + lost - 1])}{first + lost}del"


def test_promoter_lies_upstream_of_the_transcript() -> None:
    contig, strand, positions, _ = coding()["TERT"]
    transcript = next(
        line.split("\t") for line in (DEMO / "genes.gtf").read_text().splitlines()
        if "\ttranscript\t" in line and '"TERT"' in line
    )  # fmt: skip
    assert strand == "-"
    for offset in (124, 125, 146):
        assert Seq(genome()[contig][positions[0] + offset]).complement() == "C"
        assert positions[0] + offset + 1 > int(transcript[4])


def test_sheets_assay_and_panels_are_accepted_from_anywhere(tmp_path: Path) -> None:
    project = load_project(DEMO / "config.yaml", tmp_path)
    assert set(project.tumors) == set(expected())
    assert project.normal_of("MEL01T") == "MEL01N"
    assert len(project.units_of("MEL01T")) == 2
    lengths = {name: len(bases) for name, bases in genome().items()}
    assert load_assay(ASSAY, "demo", lengths).target_length > 5000


def test_loci_resolve_with_all_kinds_of_gaps() -> None:
    choices = load_transcripts(DEMO / "transcripts.tsv")
    panel = load_panel(PANELS / "hotspot50_tert", choices)
    models, _ = load_gene_models(DEMO / "genes.gtf", {g: choices[g] for g in panel.gene_names})
    targets = load_assay(ASSAY, "demo").targets
    loci = resolve_loci(panel, models, targets, lambda contig, start0, end0: genome()[contig][start0:end0])
    problems = {locus.gene: locus.problem for locus in loci if locus.problem}
    outside = {locus.gene for locus in loci if not locus.problem and not locus.in_assay}
    assert set(problems.values()) == {"gene not in the annotation"}
    assert set(problems) == {"SMARCB1", "CDKN2A", "FGFR1", "FGFR2", "FGFR3"}
    assert outside == {
        "ABL1", "CDH1", "EZH2", "FLT3", "HNF1A", "IDH2", "JAK2", "JAK3", "MPL", "NOTCH1", "NPM1", "PTEN", "RB1", "SMAD4",
        "STK11", "VHL",
    }  # fmt: skip
    assert sum(locus.in_assay for locus in loci) > 250
    known = {locus.locus_id for locus in loci}
    named = {locus for case in expected().values() for locus in case["loci"] if not locus.endswith(":*")}
    assert named <= known


def test_population_sites_are_sorted_indexed_and_true_to_the_genome() -> None:
    with pysam.VariantFile(str(DEMO / "population.vcf.gz")) as vcf:
        records = [record for contig in vcf.header.contigs for record in vcf.fetch(contig)]
    assert len(records) >= 20
    for record in records:
        assert genome()[record.chrom][record.pos - 1] == record.ref
        assert 0 < record.info["AF"][0] <= record.info["AF_grpmax"][0] < 1
        assert record.info["AN_grpmax"] >= 2000
    snp = next(item for item in expected()["LUAD01T"]["findings"] if item["hgvsp"] == "p.Pro72Arg")
    assert (snp["chrom"], snp["pos1"], snp["alt"]) in {(r.chrom, r.pos, r.alts[0]) for r in records}


def test_reads_are_pairs_of_illumina_shape() -> None:
    for first in sorted((DEMO / "fastq").glob("*_R1.fastq.gz")):
        second = first.with_name(first.name.replace("_R1.", "_R2."))
        texts = [unpacked(path).decode().splitlines() for path in (first, second)]
        names = [[line.split(" ")[0] for line in text[::4]] for text in texts]
        assert names[0] == names[1] and len(set(names[0])) == len(names[0]) > 5000
        for text in texts:
            assert {len(line) for line in (*text[1::4], *text[3::4])} == {100}
        assert all(name.count(":") == 6 for name in names[0][:100])
