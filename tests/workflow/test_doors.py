"""Other ways in than FASTQ of a capture: BAM and CRAM, realigned or as they are; amplicons; several libraries."""

from __future__ import annotations

import gzip
import random
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import pysam
import pytest
from runs import CORES, DEMO, Run, demo_samples, snakemake, tierline, write_project
from tierline.case import Case, from_json
from tierline.quality import of_artefacts
from tierline.records import Candidate, Finding, State, Verdict
from tierline.tables import read_rows

pytestmark = pytest.mark.slow

GENOME = DEMO / "genome.fa"
PANEL = "hotspot50_tert"
BRAF_EXON15 = ("chr6", 1431, 1590)  # start0, end0: a target of the demo's assay
V600E = ("chr6", 1512, "T")  # start0 and the base
READ, FRAGMENT = 100, 150  # bases
AMPLICONS, MUTATED = 400, 100  # fragments
COMPLEMENT = str.maketrans("ACGT", "TGCA")

Fragment = tuple[str, str, bool]
"""Its name, its bases on the forward strand, and whether its first read is of the reverse strand."""


# --------------------------------------------------------------------------- projects


def bring_reference(demo: Path, folder: Path) -> Path:
    """The demo's indices, and what Snakemake knows of them: they need not be made again."""
    shutil.copytree(demo / "results/reference", folder / "results/reference", symlinks=True)
    shutil.copytree(demo / ".snakemake/metadata", folder / ".snakemake/metadata")
    return folder


def write_reads(folder: Path, name: str, fragments: Iterable[Fragment]) -> dict[str, str]:
    """A FASTQ pair as the cells of a unit."""
    mates: tuple[list[str], list[str]] = ([], [])
    for title, bases, reverse in fragments:
        ends = [bases[:READ], bases[-READ:].translate(COMPLEMENT)[::-1]]
        for mate, read in enumerate(reversed(ends) if reverse else ends):
            mates[mate].append(f"@{title} {mate + 1}:N:0:ACGT\n{read}\n+\n{'I' * READ}\n")
    paths = [folder / f"reads/{name}_R{mate}.fastq.gz" for mate in (1, 2)]
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    for path, lines in zip(paths, mates, strict=True):
        path.write_bytes(gzip.compress("".join(lines).encode(), compresslevel=1, mtime=0))
    return {"fq1": str(paths[0]), "fq2": str(paths[1])}


def amplicon() -> list[Fragment]:
    """Fragments that all start and end alike, a quarter of them with BRAF V600E; both orientations alike often."""
    chrom, start0, base = V600E
    first = BRAF_EXON15[1] + 5
    with pysam.FastaFile(str(GENOME)) as fasta:
        bases = fasta.fetch(chrom, first, first + FRAGMENT)
    mutated = bases[: start0 - first] + base + bases[start0 - first + 1 :]
    assert mutated != bases
    return [(f"AMP:{n}", mutated if n < MUTATED else bases, n % 2 == 1) for n in range(AMPLICONS)]


def write_amplicon_assay(folder: Path) -> None:
    assay = folder / "config/assays/amp"
    assay.mkdir(parents=True)
    (assay / "targets.bed").write_text("\t".join(map(str, BRAF_EXON15)) + "\n")
    (assay / "assay.yaml").write_text(
        'assay: amp\nversion: "1.0"\ntitle: One amplicon of the demo (SYNTHETIC)\nchemistry: amplicon\n'
        "targets:\n  demo: targets.bed\nqc:\n  mean_depth: {warn: 100, fail: 50}\n"
    )


def rewrite(
    source: Path,
    target: Path,
    keep: Callable[[pysam.AlignedSegment], bool] = lambda read: True,
    contigs: Mapping[str, int] = MappingProxyType({}),
) -> str:
    """A copy of a BAM, as CRAM where the target is one; ``keep`` sees every read, and may change it.

    ``contigs`` are added to its header, with their lengths.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = "wc" if target.suffix == ".cram" else "wb"
    with pysam.AlignmentFile(str(source)) as old:
        header = old.header.to_dict()
        header["SQ"] += [{"SN": name, "LN": length} for name, length in contigs.items()]
        with pysam.AlignmentFile(str(target), mode, header=header, reference_filename=str(GENOME)) as new:
            for read in old:
                if keep(read):
                    new.write(read)
    return str(target)


def case_of(run: Run, name: str) -> Case:
    path = run.folder / f"results/interpret/{name}.json"
    return from_json(path.read_text(encoding="utf-8"), str(path))


def findings_of(folder: Path, tumor: str) -> dict[str, Finding]:
    """By gene and change."""
    rows = read_rows(folder / f"results/interpret/{tumor}.{PANEL}.findings.tsv", Finding)
    return {f"{row.gene} {row.hgvsp or row.hgvsc}": row for row in rows}


def flags(bam: Path) -> list[int]:
    with pysam.AlignmentFile(str(bam)) as reads:
        return [read.flag for read in reads]


def read_groups(bam: Path) -> dict[str, dict[str, str]]:
    with pysam.AlignmentFile(str(bam)) as reads:
        return {group["ID"]: group for group in reads.header.to_dict()["RG"]}


AMP = dict(sample="AMP", patient="AMP", tumor_type="MEL", assay="amp", panels=PANEL)


# --------------------------------------------------------------------------- realigned, and amplicons


@pytest.fixture(scope="module")
def realigned(demo_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The demo's melanoma from a BAM (lane 1) and a CRAM (lane 2) beside an amplicon from FASTQ."""
    folder = bring_reference(demo_run.folder, tmp_path_factory.mktemp("realigned"))
    bam = demo_run.folder / "results/align/MEL01T.bam"
    lanes = {
        lane: rewrite(bam, folder / f"in/{lane}.{end}", lambda read, lane=lane: read.get_tag("RG") == f"MEL01T.{lane}")
        for lane, end in (("L1", "bam"), ("L2", "cram"))
    }
    write_amplicon_assay(folder)
    samples = [{**row, "patient": "alone"} for row in demo_samples() if row["sample"] == "MEL01T"]
    units = [dict(sample="MEL01T", unit=lane, lane=lane, bam=path) for lane, path in lanes.items()]
    units.append(dict(sample="AMP", **write_reads(folder, "AMP", amplicon())))
    write_project(folder, [*samples, AMP], units)
    return tierline(folder, "run", "--cores", CORES)


def test_realigned_from_bam_and_cram_gives_what_fastq_gave(demo_run: Run, realigned: Run) -> None:
    assert realigned.code == 0, realigned.output[-5000:]
    first, second = findings_of(demo_run.folder, "MEL01T"), findings_of(realigned.folder, "MEL01T")
    for name, finding in first.items():
        assert second[name].tier == finding.tier
        assert second[name].depth == pytest.approx(finding.depth, rel=0.03)
        assert second[name].vaf == pytest.approx(finding.vaf, abs=0.02)
    print(f"{len(first)} findings compared, {len(second) - len(first)} skipped (germline: here the tumour is alone)")
    assert {"BRAF p.Val600Glu", "TERT c.-124C>T"} <= set(first)


def test_no_read_is_lost_on_the_way_back(demo_run: Run, realigned: Run) -> None:
    def primary(folder: Path) -> int:
        return sum(not flag & 0x900 for flag in flags(folder / "results/align/MEL01T.bam"))

    before, after = primary(demo_run.folder), primary(realigned.folder)
    assert 0.99 * before <= after <= before  # fastp trims twice
    groups = read_groups(realigned.folder / "results/align/MEL01T.bam")
    assert {(name, g["SM"], g["LB"], g["PU"]) for name, g in groups.items()} == {
        (f"MEL01T.{lane}", "MEL01T", "lib1", f"FC1.{lane}") for lane in ("L1", "L2")
    }


def test_no_read_of_an_amplicon_is_a_duplicate(realigned: Run) -> None:
    assert not any(flag & 0x400 for flag in flags(realigned.folder / "results/align/AMP.bam"))
    assert not (realigned.folder / "results/align/AMP.duplicates.txt").exists()


def mutect2_options(folder: Path, tumor: str) -> str:
    """Mutect2's command line, from the header of its calls."""
    with pysam.VariantFile(str(folder / f"results/calls/{tumor}.mutect2.vcf.gz")) as vcf:
        return next(str(line) for line in vcf.header.records if "ID=Mutect2" in str(line))


def test_every_caller_sees_all_reads_of_an_amplicon(realigned: Run) -> None:
    assert "--max-reads-per-alignment-start 0 " in mutect2_options(realigned.folder, "AMP")
    assert "--max-reads-per-alignment-start 50 " in mutect2_options(realigned.folder, "MEL01T")
    check_amplicon(case_of(realigned, f"AMP.{PANEL}"))


def check_amplicon(case: Case) -> None:
    """BRAF V600E with all its reads, from the recount and from both callers; the other loci are not of the assay."""
    (item,) = case.findings
    assert (item.finding.gene, item.finding.hgvsp, item.finding.tier) == ("BRAF", "p.Val600Glu", "I")
    assert (item.finding.depth, item.finding.alt_depth) == (AMPLICONS, MUTATED)
    assert {counts.caller for counts in item.caller_counts} == {"mutect2", "freebayes"}
    for counts in item.caller_counts:  # both mates of a fragment reach the variant, and callers count reads
        assert counts.filters == (), counts
        assert counts.depth == pytest.approx(2 * AMPLICONS, rel=0.05), counts
        assert counts.alt_depth == pytest.approx(2 * MUTATED, rel=0.05), counts
    states = {row.locus_id: row.state for row in case.loci}
    assert states["BRAF:p.600"] is State.DETECTED
    assert states["KRAS:p.12"] is State.NOT_COVERED
    assert case.assay.chemistry == "amplicon"


# --------------------------------------------------------------------------- as they are


@pytest.fixture(scope="module")
def as_is(demo_run: Run, realigned: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The demo's melanoma as BAM with its normal as CRAM; an amplicon whose BAM has duplicates marked nevertheless."""
    folder = bring_reference(demo_run.folder, tmp_path_factory.mktemp("as_is"))
    aligned = demo_run.folder / "results/align"

    def mark(read: pysam.AlignedSegment) -> bool:
        read.is_duplicate = read.query_name not in ("AMP:0", "AMP:1", "AMP:398", "AMP:399")
        return True

    bams = {
        "MEL01T": rewrite(aligned / "MEL01T.bam", folder / "in/MEL01T.bam"),
        "MEL01N": rewrite(aligned / "MEL01N.bam", folder / "in/MEL01N.cram"),
        "AMP": rewrite(realigned.folder / "results/align/AMP.bam", folder / "in/AMP.bam", mark),
    }
    write_amplicon_assay(folder)
    units = [dict(sample=name, bam=path, library="", flowcell="", lane="") for name, path in bams.items()]
    samples = [row for row in demo_samples() if row["patient"] == "MEL01"]
    write_project(folder, [*samples, AMP], units, align={"bam": "as_is"})
    return tierline(folder, "run", "--cores", CORES)


ONLY_FASTP = {"q30_fraction", "unit_q30_fraction", "unit_evenness", "adapter_fraction"}
BEFORE_TRIMMING = {"reads", "bases", *ONLY_FASTP}


def test_taken_as_it_is_gives_the_same_to_the_last_digit(demo_run: Run, as_is: Run) -> None:
    assert as_is.code == 0, as_is.output[-5000:]
    compared = 0
    for name in (
        f"filter/MEL01T.{PANEL}.ledger.tsv",
        f"interpret/MEL01T.{PANEL}.findings.tsv",
        f"interpret/MEL01T.{PANEL}.loci.tsv",
    ):
        first, second = (run.folder / "results" / name for run in (demo_run, as_is))
        assert first.read_bytes() == second.read_bytes(), name
        compared += len(first.read_text().splitlines()) - 1
    first, second = (
        list(read_rows(run.folder / "results/multiqc/MEL01T.verdicts.tsv", Verdict)) for run in (demo_run, as_is)
    )
    assert {row.metric for row in first} - {row.metric for row in second} == ONLY_FASTP
    first, second = ([row for row in rows if row.metric not in BEFORE_TRIMMING] for rows in (first, second))
    assert first == second
    compared += len(first)
    print(f"{compared} rows compared, 0 skipped")
    assert compared >= 150


def test_nothing_is_aligned_or_marked(as_is: Run) -> None:
    assert not list(as_is.folder.glob("results/reads/*")) and not list(as_is.folder.glob("logs/align_reads/*"))
    assert not list(as_is.folder.glob("results/align/*.duplicates.txt"))


def test_marked_duplicates_of_an_amplicon_count_all_the_same(as_is: Run) -> None:
    marked = sum(bool(flag & 0x400) for flag in flags(as_is.folder / "results/align/AMP.bam"))
    assert marked == 2 * (AMPLICONS - 4)
    check_amplicon(case_of(as_is, f"AMP.{PANEL}"))


def test_damage_is_not_measured_where_the_genome_lacks_contigs_of_the_bam(demo_run: Run, tmp_path: Path) -> None:
    """Picard would refuse the BAM, and the sample would fail."""
    folder = bring_reference(demo_run.folder, tmp_path)
    bam = rewrite(demo_run.folder / "results/align/MEL01T.bam", folder / "in/MEL01T.bam", contigs={"decoy": 1000})
    samples = [row for row in demo_samples() if row["sample"] == "MEL01T"]
    unit = dict(sample="MEL01T", bam=bam, library="", flowcell="", lane="")
    write_project(folder, samples, [unit], align={"bam": "as_is"})
    run = snakemake(folder, "results/coverage/MEL01T.artefacts.txt")
    assert run.code == 0, run.output[-5000:]
    table = folder / "results/coverage/MEL01T.artefacts.txt"
    assert table.read_text() == "# the contigs of the BAM are not those of the genome\n"
    assert {row.value for row in of_artefacts(table).values()} == {None}


# --------------------------------------------------------------------------- libraries


def test_duplicates_are_judged_within_a_library(demo_run: Run, tmp_path: Path) -> None:
    """The same fragments in two lanes: of one library they are duplicates, of two they are not."""
    folder = bring_reference(demo_run.folder, tmp_path)
    rng, count = random.Random(7), 200
    with pysam.FastaFile(str(GENOME)) as fasta:
        bases = fasta.fetch("chr5")
    fragments = [bases[start : start + FRAGMENT] for start in rng.sample(range(len(bases) - FRAGMENT), count)]
    units = []
    for sample, libraries in (("ONE", ("libA", "libA")), ("TWO", ("libA", "libB"))):
        for lane, library in enumerate(libraries, 1):
            named = [(f"{sample}:{lane}:{n}", text, False) for n, text in enumerate(fragments)]
            cells = write_reads(folder, f"{sample}_L{lane}", named)
            units.append(dict(sample=sample, unit=f"L{lane}", lane=str(lane), library=library, **cells))
    samples = [dict(sample=name, patient=name, tumor_type="MEL", panels=PANEL) for name in ("ONE", "TWO")]
    write_project(folder, samples, units)
    bams = {name: f"results/align/{name}.bam" for name in ("ONE", "TWO")}
    run = snakemake(folder, *bams.values())
    assert run.code == 0, run.output[-5000:]
    marked = {name: sum(bool(flag & 0x400) for flag in flags(folder / bam)) for name, bam in bams.items()}
    assert {name: len(flags(folder / bam)) for name, bam in bams.items()} == {"ONE": 4 * count, "TWO": 4 * count}
    assert marked == {"ONE": 2 * count, "TWO": 0}


def test_candidates_name_their_callers(realigned: Run) -> None:
    """Every candidate of the amplicon is in the ledger with the caller that made it, none twice."""
    ledger = list(read_rows(realigned.folder / f"results/filter/AMP.{PANEL}.ledger.tsv", Candidate))
    assert ledger and len({(c.chrom, c.pos1, c.ref, c.alt) for c in ledger}) == len(ledger)
    assert [c.fate for c in ledger].count("finding") == 1
