"""Assays with UMIs, from simulated reads to consensus alignments: each molecule once, errors gone, variants kept."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pysam
import pytest
import yaml
from Bio import SeqIO
from runs import DEMO, Run, planned, snakemake, write_project
from tierline.tools import has_tool

needs_fgumi = pytest.mark.skipif(not has_tool("fgumi"), reason="fgumi is not here (make setup-umi)")

CONTIG = "chr1"
SITE0 = 5000  # where the variant is planted; the families lie across it
READ, SPACER = 100, "GT"  # bases of a read after its UMI and spacer, which stands between UMI and template
ADAPTER = "AGATCGGAAGAGCACACGTCTGAACTCCAGTCAC"  # Illumina TruSeq
QUALITY = "I"  # Phred 40: no error of a read gives itself away
ERROR_RATE = 0.004  # of a base, in every read
FAMILIES, MUTATED = 200, 10  # molecules over the site; those with the variant (5 %)
OTHER = str.maketrans("ACGT", "CATG")  # a base and the one that is planted in its place
COMPLEMENT = str.maketrans("ACGT", "TGCA")
UMI = {"read_structure": ["3M2S+T", "3M2S+T"]}


@dataclass(frozen=True)
class Molecule:
    """A fragment of the genome with its two UMIs, and how many read pairs were made of each of its strands."""

    start0: int
    end0: int
    umis: tuple[str, str]  # at its lower and at its upper end
    pairs: tuple[int, int]  # with read 1 at the lower end, at the upper end
    variant: bool


@cache
def genome() -> str:
    return str(next(r.seq for r in SeqIO.parse(DEMO / "genome.fa", "fasta") if r.id == CONTIG)).upper()


def molecules(rng: random.Random, duplex: bool) -> list[Molecule]:
    """Pairs of molecules with the same two ends, told apart by their UMIs only; families of three to six read pairs."""
    made = []
    for number in range(FAMILIES):
        if number % 2 == 0:
            short = number % 10 == 8  # shorter than its reads: they end in the other UMI and the adapter
            start0 = SITE0 - 30 - number % (37 if short else 67)
            end0 = start0 + (70 if short else 150) + number // 2 % 29
            umis = "".join(rng.choices("ACGT", k=6))
        else:  # a UMI that no single mismatch leads to
            umis = umis.translate(COMPLEMENT)
        first = rng.randint(3, 6)
        pairs = (first, rng.randint(3, 6)) if duplex else ((first, 0) if number % 4 < 2 else (0, first))
        variant = number < MUTATED
        made.append(Molecule(start0, end0, (umis[:3], umis[3:]), pairs, variant))
    assert len({(m.start0, m.end0, m.umis) for m in made}) == FAMILIES
    assert all(m.start0 < SITE0 < m.start0 + READ for m in made)
    return made


def reverse(sequence: str) -> str:
    return sequence.translate(COMPLEMENT)[::-1]


def planted(sequence: str, at: int) -> str:
    return sequence[:at] + sequence[at].translate(OTHER) + sequence[at + 1 :]


def read_pairs(molecule: Molecule, rng: random.Random, errors: dict[tuple[int, int], int]) -> Iterator[tuple[str, str]]:
    """The reads of a molecule as sequenced. ``errors`` places wrong bases: (strand, copy) -> position on the contig.

    Copy -1 stands for all copies of a strand (damage of that strand). Further errors fall at random, not at the site.
    """
    template = genome()[molecule.start0 : molecule.end0]
    if molecule.variant:
        template = planted(template, SITE0 - molecule.start0)
    for strand, copies in enumerate(molecule.pairs):
        for copy in range(copies):
            bases = template
            for position in {errors[key] for key in ((strand, copy), (strand, -1)) if key in errors}:
                bases = planted(bases, position - molecule.start0)
            lower, upper = molecule.umis
            if copy == 0 and copies > 4:  # an error in a UMI: still of this family
                lower = planted(lower, 1)
            ends = [(lower, upper, molecule.start0, bases), (upper, lower, molecule.end0, reverse(bases))]
            reads = []
            for umi, other, origin0, sequence in ends:
                sequence += reverse(other + SPACER) + ADAPTER
                wrong = [
                    at for at in range(READ)
                    if rng.random() < ERROR_RATE and SITE0 not in (origin0 + at, origin0 - 1 - at)
                ]  # fmt: skip
                for at in wrong:
                    sequence = planted(sequence, at)
                reads.append(umi + SPACER + sequence[:READ])
            yield (reads[0], reads[1]) if strand == 0 else (reads[1], reads[0])


def write_fastq(folder: Path, sample: str, pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Two lanes, every second pair in each, so that families are whole only where lanes come together; the units' rows."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs, units = list(pairs), []
    for lane in ("1", "2"):
        unit = {"sample": sample, "unit": f"L{lane}", "lane": lane}
        for mate in (0, 1):
            path = folder / f"{sample}_L{lane}_R{mate + 1}.fastq.gz"
            with gzip.open(path, "wt", compresslevel=1) as handle:
                for number, pair in enumerate(pairs[int(lane) - 1 :: 2]):
                    read = pair[mate]
                    handle.write(f"@M:1:FC1:{lane}:1:1:{number} {mate + 1}:N:0:A\n{read}\n+\n{QUALITY * len(read)}\n")
            unit[f"fq{mate + 1}"] = str(path)
        units.append(unit)
    return units


@dataclass(frozen=True)
class Simulated:
    """What was made, and the run that took it."""

    run: Run
    families: dict[str, list[Molecule]]
    pairs: dict[str, int]


DAMAGE0, PCR0 = SITE0 + 5, SITE0 - 5


def project(folder: Path) -> Simulated:
    """Two samples of one run: UMI01T, whose assay calls simplex, and UMI02T, whose assay calls duplex consensus."""
    families, pairs, units, samples = {}, {}, [], []
    for sample, assay, consensus in (("UMI01T", "simplex", {}), ("UMI02T", "duplex", {"consensus": "duplex"})):
        rng = random.Random(sample)
        families[sample] = molecules(rng, bool(consensus))
        reads: list[tuple[str, str]] = []
        for number, molecule in enumerate(families[sample]):
            strand = 0 if molecule.pairs[0] else 1
            errors = {20: {(strand, 1): PCR0}, 30: {(strand, -1): DAMAGE0}}.get(number, {})
            reads += read_pairs(molecule, rng, errors)
        rng.shuffle(reads)
        pairs[sample] = len(reads)
        units += write_fastq(folder / "fastq", sample, reads)
        samples.append({"sample": sample, "patient": sample, "tumor_type": "LUAD", "assay": assay, "panels": "hotspot50"})
        write_assay(folder / "config/assays" / assay, umi=UMI | consensus)
    write_project(folder, samples, units, callers=["freebayes"])
    return Simulated(Run(folder, 0, ""), families, pairs)


def write_assay(folder: Path, **keys: Any) -> None:
    folder.mkdir(parents=True)
    (folder / "t.bed").write_text(f"{CONTIG}\t{SITE0 - 100}\t{SITE0 + 100}\n")
    document = {"assay": folder.name, "version": "1.0", "title": f"SYNTHETIC {folder.name}", "chemistry": "capture"}
    (folder / "assay.yaml").write_text(yaml.safe_dump(document | {"targets": {"demo": "t.bed"}} | keys))


@pytest.fixture(scope="module")
def collapsed(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    made = project(tmp_path_factory.mktemp("umi"))
    wanted = [f"results/{name}" for sample in made.families for name in
              (f"align/{sample}.bam", f"consensus/{sample}.vcf.gz", f"reads/{sample}.L1.fastp.json",
               f"reads/{sample}.L2.fastp.json")]  # fmt: skip
    run = snakemake(made.run.folder, *wanted)
    assert run.code == 0, run.output
    return Simulated(run, made.families, made.pairs)


each_sample = pytest.mark.parametrize("sample", ["UMI01T", "UMI02T"])


def bam(simulated: Simulated, sample: str) -> pysam.AlignmentFile:
    return pysam.AlignmentFile(str(simulated.run.folder / f"results/align/{sample}.bam"))


def bases_at(simulated: Simulated, sample: str, position0: int) -> Counter[str]:
    """Bases at a position, each consensus fragment once."""
    found: dict[str, str] = {}
    with bam(simulated, sample) as reads:
        for column in reads.pileup(
            CONTIG, position0, position0 + 1, truncate=True, min_base_quality=0, ignore_orphans=False, ignore_overlaps=False
        ):
            for read in column.pileups:
                base = read.alignment.query_sequence[read.query_position]
                assert found.setdefault(read.alignment.query_name, base) == base, "the mates of a fragment agree"
    return Counter(found.values())


@pytest.mark.slow
@needs_fgumi
@each_sample
def test_each_molecule_is_one_fragment(collapsed: Simulated, sample: str) -> None:
    with bam(collapsed, sample) as reads:
        records = list(reads)
        groups = reads.header.to_dict()["RG"]
        assert reads.header.to_dict()["HD"]["SO"] == "coordinate"
        assert reads.has_index()
    assert {(group["SM"], group["LB"]) for group in groups} == {(sample, "lib1")}
    assert {record.get_tag("RG") for record in records} == {groups[0]["ID"]}
    assert len(records) == 2 * FAMILIES
    assert not any(record.is_duplicate or record.is_secondary or record.is_supplementary for record in records)
    fragments = {(r.reference_start, r.reference_start + r.template_length) for r in records if r.template_length > 0}
    assert fragments == {(m.start0, m.end0) for m in collapsed.families[sample]}


@pytest.mark.slow
@needs_fgumi
@each_sample
def test_depth_is_the_number_of_molecules_and_the_variant_keeps_its_fraction(collapsed: Simulated, sample: str) -> None:
    reference = genome()[SITE0]
    assert collapsed.pairs[sample] > 3 * FAMILIES
    expected = {reference: FAMILIES - MUTATED, reference.translate(OTHER): MUTATED}
    assert bases_at(collapsed, sample, SITE0) == expected
    with pysam.VariantFile(str(collapsed.run.folder / f"results/consensus/{sample}.vcf.gz")) as vcf:
        called = {(r.pos, r.ref, r.alts): r.samples[sample]["AD"] for r in vcf}
    assert called == {(SITE0 + 1, reference, (reference.translate(OTHER),)): (FAMILIES - MUTATED, MUTATED)}


@pytest.mark.slow
@needs_fgumi
@each_sample
def test_errors_of_single_reads_are_gone(collapsed: Simulated, sample: str) -> None:
    wrong = bases = masked = beyond = 0
    damaged = genome()[DAMAGE0].translate(OTHER)
    with bam(collapsed, sample) as reads:
        for record in reads:
            start0 = min(record.reference_start, record.next_reference_start)
            for at, position0 in record.get_aligned_pairs(matches_only=True):
                base = record.query_sequence[at]
                right = genome()[position0]
                if not start0 <= position0 < start0 + abs(record.template_length):
                    beyond += 1
                    continue
                if position0 == SITE0 or (position0 == DAMAGE0 and base == damaged):
                    continue
                bases += 1
                masked += base == "N"
                wrong += base not in (right, "N")
    assert bases > 150 * FAMILIES
    assert 0 < masked < 0.05 * bases, "a base on which a small family disagrees is N"
    assert wrong == 0
    assert beyond <= 2, "adapter is cut off, but for a base now and then that aligns by chance"
    assert bases_at(collapsed, sample, PCR0)[genome()[PCR0].translate(OTHER)] == 0


@pytest.mark.slow
@needs_fgumi
def test_one_dissenter_is_outvoted_by_four_and_masks_the_base_of_a_smaller_family(collapsed: Simulated) -> None:
    seen = Counter()
    with bam(collapsed, "UMI01T") as reads:
        for record in reads:
            votes = zip(record.query_sequence, record.get_tag("cd"), record.get_tag("ce"), strict=True)
            seen.update((depth, base == "N") for base, depth, errors in votes if errors == 1)
    assert set(seen) == {(3, True), (4, True), (5, False), (6, False)}
    assert min(seen.values()) > 20


@pytest.mark.slow
@needs_fgumi
def test_damage_of_one_strand_is_seen_by_duplex_only(collapsed: Simulated) -> None:
    damaged = genome()[DAMAGE0].translate(OTHER)
    assert bases_at(collapsed, "UMI01T", DAMAGE0)[damaged] == 1, "all copies of the one strand that was read agree"
    assert bases_at(collapsed, "UMI02T", DAMAGE0)[damaged] == 0, "the strands disagree"


@pytest.mark.slow
@needs_fgumi
@each_sample
def test_family_sizes_and_raw_reads_are_reported(collapsed: Simulated, sample: str) -> None:
    folder = collapsed.run.folder / "results"
    lines = (folder / f"align/{sample}.umi.family_sizes.txt").read_text().splitlines()
    header, *rows = (line.split("\t") for line in lines)
    sizes = {int(row[header.index("family_size")]): int(row[header.index("count")]) for row in rows}
    made = Counter(size for molecule in collapsed.families[sample] for size in molecule.pairs if size)
    assert {size: count for size, count in sizes.items() if count} == made
    for name in ("grouping_metrics", "position_group_sizes", "filter"):
        assert (folder / f"align/{sample}.umi.{name}.txt").stat().st_size
    before = [json.loads((folder / f"reads/{sample}.L{lane}.fastp.json").read_text())["summary"]["before_filtering"]
              for lane in (1, 2)]  # fmt: skip
    assert sum(row["total_reads"] for row in before) == 2 * collapsed.pairs[sample]


# --------------------------------------------------------------------------- the plan


@needs_fgumi
def test_plan_has_all_but_trimming_and_duplicates(tmp_path: Path) -> None:
    jobs = planned(snakemake(project(tmp_path).run.folder, "--dry-run"))
    assert (jobs["measure_reads"], jobs["align_umi_reads"], jobs["collapse_families"]) == (4, 4, 2)
    assert not jobs.keys() & {"align_reads", "mark_duplicates", "merge_units"}
    assert jobs["render_report"] == jobs["judge_sample"] == 2
    assert jobs["draw_dashboard"] == 1


@needs_fgumi
def test_reads_in_a_bam_have_no_umis_left(tmp_path: Path) -> None:
    made = project(tmp_path)
    bam_path = tmp_path / "x.bam"
    header = {"HD": {"SO": "coordinate"}, "SQ": [{"SN": CONTIG, "LN": len(genome())}], "RG": [{"ID": "1", "SM": "UMI01T"}]}
    with pysam.AlignmentFile(str(bam_path), "wb", header=header):
        pass
    sheet = tmp_path / "config/units.tsv"
    lines = [line for line in sheet.read_text().splitlines() if not line.startswith("UMI01T")]
    sheet.write_text("\n".join([*lines, f"UMI01T\tL1\tlib1\tFC1\t1\t\t\t{bam_path}"]) + "\n")
    done = snakemake(made.run.folder, "--dry-run")
    assert done.code and "the reads of UMI01T have UMIs, and are a BAM" in done.output
