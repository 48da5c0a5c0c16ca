"""Make the demo: an invented genome with the exon structure of real genes, and the reads of three invented patients.

Everything is drawn from one seed, so that every run writes the same bytes. Only the number of exons, their coding
lengths, the amino acids at hotspots and a few codons are those of the real genes (``exons.tsv``, ``residues.tsv``);
all other sequence is random. No patient, and no person's sequence, is in it.

Usage: python resources/demo/make_demo.py [output folder]   (default: this folder and resources/assays/demo)
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pysam
import yaml
from Bio.Data.CodonTable import unambiguous_dna_by_name
from Bio.Seq import Seq

HERE = Path(__file__).resolve().parent
SEED = 20260917
BUILD = "demo"

# ---------------------------------------------------------------- what the demo is made of

CONTIGS = 6
LACKING = ("SMARCB1",)  # left out on purpose: a panel gene that the genome does not have
UTR5, UTR3 = 200, 150  # bases; TERT is the exception, so that its promoter lies upstream of the transcript
UTR5_OF = {"TERT": 79}
INTRON, GAP = (80, 150), (500, 900)  # least and greatest length

# Codons whose bases matter to a variant below and for which no genome slice is at hand: (gene, codon) -> bases.
CODONS = {("SMO", 420): "GCT", ("FBXW7", 465): "CGT"}

READ_LENGTH, FRAGMENT_MEAN, FRAGMENT_SD = 100, 210, 15
ADAPTERS = ("AGATCGGAAGAGCACACGTCTGAACTCCAGTCA", "AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT")  # Illumina TruSeq
DUPLICATES, OFF_TARGET, SHORT = 0.06, 0.02, 0.01  # fractions of fragments; short ones are read into the adapter
ARTEFACT_SHARE = 0.7  # of the forward reads that can show the artefact
PADDING = 20  # bases that a target reaches beyond its loci
MERGE = 50  # loci of one exon closer than this share a target
ERROR_RATES = {37: 0.0004, 25: 0.004, 11: 0.06}  # by binned base quality

# The assay holds the loci of the panel (``loci.tsv``), and these for the variants below.
EXTRA_LOCI = (("HRAS", "p.27"), ("SMO", "p.420"), ("TP53", "p.72"))
# Genes of the panel that the assay does not hold: those of blood, and most tumour suppressors, so that it stays small.
OUTSIDE_ASSAY = (
    "ABL1", "CDH1", "EZH2", "FLT3", "HNF1A", "IDH2", "JAK2", "JAK3", "MPL", "NOTCH1", "NPM1", "PTEN", "RB1", "SMAD4",
    "STK11", "VHL",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A variant in coding coordinates of its gene: bases ``c_start``..(len of ref), coding strand."""

    gene: str
    c_start: int
    ref: str
    alt: str
    hgvsc: str
    hgvsp: str

    @property
    def key(self) -> str:
        return f"{self.gene} {self.hgvsc}"


BRAF_V600E = Change("BRAF", 1799, "T", "A", "c.1799T>A", "p.Val600Glu")
TERT_124 = Change("TERT", -124, "C", "T", "c.-124C>T", "")
EGFR_DEL19 = Change("EGFR", 2235, "GGAATTAAGAGAAGC", "", "c.2235_2249del", "p.Glu746_Ala750del")
EGFR_T790M = Change("EGFR", 2369, "C", "T", "c.2369C>T", "p.Thr790Met")
TP53_P72R = Change("TP53", 215, "C", "G", "c.215C>G", "p.Pro72Arg")
HRAS_H27 = Change("HRAS", 81, "T", "C", "c.81T>C", "p.His27=")
KRAS_G12D = Change("KRAS", 35, "G", "A", "c.35G>A", "p.Gly12Asp")
PIK3CA_E545K = Change("PIK3CA", 1633, "G", "A", "c.1633G>A", "p.Glu545Lys")
SMO_A420V = Change("SMO", 1259, "C", "T", "c.1259C>T", "p.Ala420Val")
TP53_R175H = Change("TP53", 524, "G", "A", "c.524G>A", "p.Arg175His")
FBXW7_R465H = Change("FBXW7", 1394, "G", "A", "c.1394G>A", "p.Arg465His")

# The reportable locus that each change touches; the names are those of the panels.
HOTSPOTS_HIT = {
    BRAF_V600E: "p.600",
    TERT_124: "c.-124",
    EGFR_DEL19: "e19",
    EGFR_T790M: "p.790",
    KRAS_G12D: "p.12",
    PIK3CA_E545K: "p.545",
    TP53_R175H: "p.175",
}
TOLERANCE = 0.1  # of a VAF in the called reads against the planted one

# Allele frequencies of gnomAD as given in somalier's list of common sites; all other sites are invented.
POPULATION = {TP53_P72R: 0.668165, HRAS_H27: 0.315847}


@dataclass(frozen=True)
class Planted:
    """A change in a sample: the fraction of fragments that carry it, and what the report owes for it."""

    change: Change
    fraction: float
    tier: str = ""  # "": decided by the knowledge in use, not by the demo
    fate: str = "finding"
    why: str = ""


@dataclass(frozen=True)
class DemoSample:
    """One row of the sheet, and how its reads are made. Depth is in fragments, before duplicates."""

    name: str
    patient: str
    kind: str
    tumor_type: str
    panels: str
    purity: str
    sex: str
    material: str
    site: str
    depth: int
    lanes: tuple[str, ...]
    planted: tuple[Planted, ...]
    deep: dict[str, int] = field(default_factory=dict)  # gene -> another depth
    without_reads: tuple[tuple[str, str], ...] = ()  # (gene, locus) that no fragment touches
    artefact: Change | None = None


HRAS_SYNONYMOUS = Planted(HRAS_H27, 0.5, fate="not_reportable", why="germline, synonymous")
SAMPLES = (
    DemoSample(
        "MEL01T", "MEL01", "tumor", "MEL", "hotspot50_tert", "0.7", "female", "FFPE", "skin", 400, ("1", "2"),
        (Planted(BRAF_V600E, 0.35, "I"), Planted(TERT_124, 0.30, "II"), HRAS_SYNONYMOUS),
        deep={"BRAF": 450, "TERT": 450},
    ),
    DemoSample(
        "MEL01N", "MEL01", "normal", "", "", "", "female", "blood", "blood", 120, ("1",), (HRAS_SYNONYMOUS,),
    ),
    DemoSample(
        "LUAD01T", "LUAD01", "tumor", "LUAD", "hotspot50_tert", "0.6", "male", "FFPE", "lung", 400, ("1",),
        (Planted(EGFR_DEL19, 0.34, "I"), Planted(EGFR_T790M, 0.15, "I"),
         Planted(TP53_P72R, 0.5, "IV", why="germline, common in the population")),
        deep={"EGFR": 450}, without_reads=(("KRAS", "p.12"), ("KRAS", "p.13")),
    ),
    DemoSample(
        "CRC01T", "CRC01", "tumor", "COAD", "hotspot50", "0.6", "unknown", "FFPE", "colon", 400, ("1",),
        (Planted(KRAS_G12D, 0.30, "I"), Planted(PIK3CA_E545K, 0.20), Planted(SMO_A420V, 0.25, "III"),
         Planted(TP53_R175H, 0.06, why="subclonal, near the limit")),
        deep={"TP53": 500, "KRAS": 450}, artefact=FBXW7_R465H,
    ),
)  # fmt: skip

# ---------------------------------------------------------------- the genome and its genes

TABLE = unambiguous_dna_by_name["Standard"]
CODONS_FOR: dict[str, list[str]] = defaultdict(list)
for _codon, _residue in sorted(TABLE.forward_table.items()):
    CODONS_FOR[_residue].append(_codon)
SENSE = sorted(TABLE.forward_table)


@dataclass
class Gene:
    """A gene on the invented genome. ``exons`` are (start0, end0) in order of the transcript; ``cds`` likewise."""

    name: str
    contig: str
    strand: str
    exons: list[tuple[int, int]]
    cds: dict[int, tuple[int, int]]  # exon number -> coding part
    coding: list[int]  # 0-based genomic position of every coding base, stop codon included
    protein_length: int
    refseq: str

    def position(self, c: int) -> int:
        """0-based genomic position of coding position ``c``; negative: bases before the start, without introns."""
        if c > 0:
            return self.coding[c - 1]
        return self.coding[0] + (c if self.strand == "+" else -c)

    @property
    def transcript(self) -> str:
        return f"DEMO_{self.name}.1"

    @property
    def span(self) -> tuple[int, int]:
        return min(s for s, _ in self.exons), max(e for _, e in self.exons)


def read_table(name: str) -> list[dict[str, str]]:
    with open(HERE / name, encoding="utf-8") as handle:
        return list(csv.DictReader((line for line in handle if not line.startswith("#")), delimiter="\t"))


def random_bases(rng: random.Random, length: int) -> str:
    return "".join(rng.choices("ACGT", k=length))


def reverse_complement(bases: str) -> str:
    return str(Seq(bases).reverse_complement())


def coding_sequence(rng: random.Random, gene: str, length: int, residues: list[dict[str, str]]) -> str:
    codons = ["ATG", *rng.choices(SENSE, k=length - 1), rng.choice(TABLE.stop_codons)]
    for row in residues:
        if row["gene"] == gene and row["locus"].startswith("p."):
            codons[int(row["locus"][2:]) - 1] = row["dna"] or rng.choice(CODONS_FOR[row["residue"]])
    for (name, codon), bases in CODONS.items():
        if name == gene:
            codons[codon - 1] = bases
    return "".join(codons)


def build_genome(rng: random.Random) -> tuple[dict[str, str], dict[str, Gene]]:
    """The contigs, and the genes on them; genes alternate between contigs in alphabetical order."""
    residues = read_table("residues.tsv")
    exons_of: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read_table("exons.tsv"):
        if row["gene"] not in LACKING and row["exon"] != "0":
            exons_of[row["gene"]].append(row)
    contigs = {f"chr{n}": random_bases(rng, 500) for n in range(1, CONTIGS + 1)}
    genes = {}
    for index, (name, rows) in enumerate(exons_of.items()):
        contig, strand = f"chr{index % CONTIGS + 1}", rows[0]["strand"]
        protein_length = int(rows[0]["protein_length"])
        sense, exons, cds, coding = gene_on_coding_strand(rng, name, rows, protein_length, residues)
        offset = len(contigs[contig])
        if strand == "-":
            size = len(sense)
            sense = reverse_complement(sense)
            exons = [(size - e, size - s) for s, e in exons]
            cds = {n: (size - e, size - s) for n, (s, e) in cds.items()}
            coding = [size - 1 - p for p in coding]
        genes[name] = Gene(
            name, contig, strand, [(offset + s, offset + e) for s, e in exons],
            {n: (offset + s, offset + e) for n, (s, e) in cds.items()},
            [offset + p for p in coding], protein_length, rows[0]["refseq"],
        )  # fmt: skip
        contigs[contig] += sense + random_bases(rng, rng.randint(*GAP))
    return contigs, dict(sorted(genes.items()))


def gene_on_coding_strand(
    rng: random.Random, name: str, rows: list[dict[str, str]], protein_length: int, residues: list[dict[str, str]]
) -> tuple[str, list[tuple[int, int]], dict[int, tuple[int, int]], list[int]]:
    """Sequence from 250 bases before the transcript to its end, exons, coding parts, coding positions."""
    cds_bases = coding_sequence(rng, name, protein_length, residues)
    coding_exons = [int(row["exon"]) for row in rows if int(row["cds_bp"])]
    upstream = list(random_bases(rng, 250))
    sequence, used = "", 0
    exons: list[tuple[int, int]] = []
    cds: dict[int, tuple[int, int]] = {}
    coding: list[int] = []
    for row in rows:
        number, length = int(row["exon"]), int(row["cds_bp"])
        start = len(upstream) + len(sequence)
        before = after = 0
        if not length:
            before = rng.randint(60, 120)
        if number == coding_exons[0]:
            before = UTR5_OF.get(name, UTR5)
        if number == coding_exons[-1]:
            after = UTR3
        sequence += random_bases(rng, before) + cds_bases[used : used + length] + random_bases(rng, after)
        used += length
        if length:
            cds[number] = (start + before, start + before + length)
            coding += range(*cds[number])
        exons.append((start, start + before + length + after))
        if number < len(rows):
            sequence += "GT" + random_bases(rng, rng.randint(*INTRON) - 4) + "AG"
    if used != len(cds_bases):
        raise SystemExit(f"{name}: exons hold {used} coding bases, the protein needs {len(cds_bases)}")
    whole = upstream + list(sequence)
    for row in residues:
        if row["gene"] == name and row["locus"].startswith("c.-"):
            whole[coding[0] + int(row["locus"][2:])] = row["dna"]
    return "".join(whole), exons, cds, coding


def to_genome(change: Change, gene: Gene, contigs: dict[str, str]) -> tuple[str, int, str, str]:
    """(contig, start0, ref, alt) on the forward strand, without anchor base; checks the reference bases."""
    positions = [gene.position(change.c_start + i) for i in range(len(change.ref))]
    start = min(positions)
    ref, alt = change.ref, change.alt
    if gene.strand == "-":
        ref, alt = reverse_complement(ref), reverse_complement(alt)
    found = contigs[gene.contig][start : start + len(ref)]
    if found != ref:
        raise SystemExit(f"{change.key}: the genome has {found}, not {ref}")
    return gene.contig, start, ref, alt


# ---------------------------------------------------------------- targets


def locus_intervals(gene: Gene, locus: str) -> list[tuple[int, int]]:
    """(start0, end0) of a locus (p.600, p.12-13, e19, s.e14, c.-124), one per exon that it touches."""
    if locus.startswith("e"):
        return [gene.cds[int(locus[1:])]]
    if locus.startswith("s.e"):
        start, end = gene.cds[int(locus[3:])]
        return [(start - 2, start), (end, end + 2)]
    if locus.startswith("c."):
        position = gene.position(int(locus[2:]))
        return [(position, position + 1)]
    first, _, last = locus[2:].partition("-")
    bases = gene.coding[3 * int(first) - 3 : 3 * int(last or first)]
    parts = ([p for p in bases if start <= p < end] for start, end in gene.cds.values())
    return [(min(part), max(part) + 1) for part in parts if part]


def make_targets(genes: dict[str, Gene]) -> list[tuple[str, int, int, str]]:
    """The assay's targets (contig, start0, end0, name), sorted."""
    loci: dict[str, list[str]] = defaultdict(list)
    for name, locus in (*((row["gene"], row["locus"]) for row in read_table("loci.tsv")), *EXTRA_LOCI):
        if name in genes and name not in OUTSIDE_ASSAY:
            loci[name].append(locus)
    targets = []
    for name in sorted(loci):
        gene = genes[name]
        merged: list[list[int]] = []
        for start, end in sorted(part for locus in loci[name] for part in locus_intervals(gene, locus)):
            if merged and start - merged[-1][1] < MERGE:
                merged[-1][1] = max(end, merged[-1][1])
            else:
                merged.append([start, end])
        for start, end in merged:
            exon = next((n for n, (s, e) in gene.cds.items() if s < end and start < e), 0)
            label = f"{name}_e{exon}" if exon else f"{name}_promoter"
            targets.append((gene.contig, start - PADDING, end + PADDING, label))
    return sorted(targets)


# ---------------------------------------------------------------- reads


@dataclass(frozen=True)
class Placed:
    """A variant on the genome: ``start0``, forward-strand bases, allele fraction in one sample."""

    contig: str
    start0: int
    ref: str
    alt: str
    fraction: float


def fragment_bases(rng: random.Random, contig: str, start: int, length: int, sequence: str,
                   variants: list[Placed]) -> str:  # fmt: skip
    """The forward strand of a fragment that starts at ``start``, with the variants that it happens to carry."""
    bases = sequence[start : start + length + 30]
    for variant in sorted(variants, key=lambda v: -v.start0):
        at = variant.start0 - start
        inside = at >= 0 and at + len(variant.ref) <= len(bases)
        if variant.contig == contig and inside and rng.random() < variant.fraction:
            bases = bases[:at] + variant.alt + bases[at + len(variant.ref) :]
    return bases[:length]


def qualities(rng: random.Random) -> list[int]:
    """Binned qualities of one read: mostly 37, low ones in runs and towards the end."""
    values = [37] * READ_LENGTH
    if rng.random() < 0.25:
        for i in range(READ_LENGTH - rng.randint(2, 12), READ_LENGTH):
            values[i] = 25
    for _ in range(3):
        if rng.random() < 0.35:
            values[rng.randrange(READ_LENGTH)] = 11 if rng.random() < 0.6 else 25
    return values


def sequence_read(rng: random.Random, template: str, adapter: str) -> tuple[str, list[int]]:
    """One read of a template: adapter where the template is short, errors according to the qualities."""
    bases = list((template + adapter + "G" * READ_LENGTH)[:READ_LENGTH])
    values = qualities(rng)
    for i, quality in enumerate(values):
        if rng.random() < ERROR_RATES[quality]:
            bases[i] = rng.choice([b for b in "ACGT" if b != bases[i]])
    return "".join(bases), values


@dataclass(frozen=True)
class Fragment:
    contig: str
    start0: int
    length: int
    bases: str
    forward_first: bool  # read 1 lies on the forward strand


def draw_fragments(
    rng: random.Random,
    sample: DemoSample,
    contigs: dict[str, str],
    targets: list[tuple[str, int, int, str]],
    variants: list[Placed],
    forbidden: list[tuple[str, int, int]],
) -> list[Fragment]:
    def length() -> int:
        if rng.random() < SHORT:
            return rng.randint(60, 95)
        return max(READ_LENGTH, round(rng.gauss(FRAGMENT_MEAN, FRAGMENT_SD)))

    fragments: list[Fragment] = []

    def add(contig: str, start: int, size: int) -> None:
        if any(contig == c and start < e and start + size > s for c, s, e in forbidden):
            return
        bases = fragment_bases(rng, contig, start, size, contigs[contig], variants)
        fragments.append(Fragment(contig, start, size, bases, rng.random() < 0.5))

    for contig, start, end, label in targets:
        depth = sample.deep.get(label.split("_")[0], sample.depth)
        reach = FRAGMENT_MEAN - 40  # a fragment overlaps its target by at least 40 bases
        for _ in range(round(depth * (end - start + reach - 40) / (FRAGMENT_MEAN))):
            add(contig, rng.randint(start - reach, end - 40), length())
    for _ in range(round(len(fragments) * OFF_TARGET)):
        contig = rng.choice(sorted(contigs))
        add(contig, rng.randrange(len(contigs[contig]) - 300), length())
    fragments += rng.sample(fragments, round(len(fragments) * DUPLICATES))
    return sorted(fragments, key=lambda f: (f.contig, f.start0, f.length))


def spoil(rng: random.Random, fragment: Fragment, bases: str, values: list[int], artefact: Placed) -> str:
    """An artefact: on one strand only, past the middle of the read and where no mate overlaps, of low base quality."""
    at = artefact.start0 - fragment.start0
    if fragment.contig != artefact.contig or not READ_LENGTH // 3 <= at < fragment.length - READ_LENGTH:
        return bases
    if at >= READ_LENGTH or rng.random() > artefact.fraction:
        return bases
    values[at] = 11 if rng.random() < 0.2 else 25
    return bases[:at] + artefact.alt + bases[at + 1 :]


def fastq_pairs(
    rng: random.Random, sample: DemoSample, lane: str, fragments: Iterable[Fragment], artefact: Placed | None
) -> tuple[str, str]:
    """The text of both FASTQ files of one lane."""
    first, second = io.StringIO(), io.StringIO()
    tile, x = 1101, 1000
    for fragment in fragments:
        x += rng.randint(1, 40)
        if x > 30000:
            tile, x = tile + 1, 1000
        name = f"@DEMO:1:DEMOFC{sample.name[:3]}:{lane}:{tile}:{x}:{rng.randint(1000, 9999)}"
        forward, fv = sequence_read(rng, fragment.bases, ADAPTERS[0 if fragment.forward_first else 1])
        reverse, rv = sequence_read(rng, reverse_complement(fragment.bases), ADAPTERS[1 if fragment.forward_first else 0])
        if artefact:
            forward = spoil(rng, fragment, forward, fv, artefact)
        reads = [(forward, fv), (reverse, rv)]
        if not fragment.forward_first:
            reads.reverse()
        for mate, (handle, (bases, values)) in enumerate(zip((first, second), reads, strict=True), 1):
            handle.write(f"{name} {mate}:N:0:DEMO\n{bases}\n+\n{''.join(chr(v + 33) for v in values)}\n")
    return first.getvalue(), second.getvalue()


# ---------------------------------------------------------------- population sites


@dataclass(frozen=True)
class Site:
    contig: str
    start0: int
    ref: str
    alt: str
    af: float
    an: int
    af_grpmax: float
    an_grpmax: int
    grpmax: str


def population_sites(
    rng: random.Random, contigs: dict[str, str], genes: dict[str, Gene], targets: list[tuple[str, int, int, str]]
) -> list[Site]:
    """Common sites: the named ones, and invented synonymous ones inside the targets, away from every variant above."""

    def site(contig: str, start: int, ref: str, alt: str, af: float) -> Site:
        greatest = min(0.99, round(af * rng.uniform(1.05, 1.3), 6))
        return Site(contig, start, ref, alt, af, 152000, greatest, rng.choice((10000, 20000, 40000)),
                    rng.choice(("afr", "amr", "eas", "nfe", "sas")))  # fmt: skip

    sites = [site(*to_genome(change, genes[change.gene], contigs), af) for change, af in POPULATION.items()]
    taken: dict[str, set[int]] = defaultdict(set)  # contig -> positions that stay as they are
    for change in all_changes():
        contig, start, ref, _ = to_genome(change, genes[change.gene], contigs)
        taken[contig].update(range(start - 40, start + len(ref) + 40))
    for row in read_table("residues.tsv"):
        if row["gene"] in genes:
            for start, end in locus_intervals(genes[row["gene"]], row["locus"]):
                taken[genes[row["gene"]].contig].update(range(start - 3, end + 3))
    for contig, start, end, label in targets:
        gene = genes[label.split("_")[0]]
        choices = []
        for codon in range(2, gene.protein_length):
            third = gene.coding[3 * codon - 1]
            if not start <= third < end or third in taken[contig]:
                continue
            bases = "".join(contigs[contig][p] for p in gene.coding[3 * codon - 3 : 3 * codon])
            if gene.strand == "-":
                bases = str(Seq(bases).complement())
            if all(TABLE.forward_table.get(bases[:2] + b) == TABLE.forward_table[bases] for b in "ACGT"):
                choices.append(third)
        if choices and rng.random() < 0.4:
            position = rng.choice(choices)
            ref = contigs[contig][position]
            alt = {"A": "G", "G": "A", "C": "T", "T": "C"}[ref]
            sites.append(site(contig, position, ref, alt, round(rng.uniform(0.05, 0.6), 4)))
    return sorted(sites, key=lambda s: (s.contig, s.start0))


def all_changes() -> list[Change]:
    planted = [p.change for sample in SAMPLES for p in sample.planted]
    return list(dict.fromkeys([*planted, *(s.artefact for s in SAMPLES if s.artefact)]))


def genotypes(rng: random.Random, sites: list[Site], named: set[tuple[str, int]]) -> list[Placed]:
    """One person's alleles at the invented sites."""
    placed = []
    for s in sites:
        copies = (rng.random() < s.af) + (rng.random() < s.af)
        if copies and (s.contig, s.start0) not in named:
            placed.append(Placed(s.contig, s.start0, s.ref, s.alt, copies / 2))
    return placed


# ---------------------------------------------------------------- files


def write_fasta(path: Path, contigs: dict[str, str]) -> None:
    with open(path, "w", encoding="ascii") as handle:
        for name, bases in contigs.items():
            handle.write(f">{name} SYNTHETIC Tierline demo\n")
            handle.writelines(f"{bases[i : i + 60]}\n" for i in range(0, len(bases), 60))


def gtf_lines(genes: dict[str, Gene]) -> Iterator[str]:
    for number, gene in enumerate(sorted(genes.values(), key=lambda g: (g.contig, g.span)), 1):
        common = f'gene_id "DEMOG{number:05d}"; gene_name "{gene.name}"; gene_biotype "protein_coding";'
        own = f'{common} transcript_id "{gene.transcript}"; tag "Ensembl_canonical";'

        def line(feature: str, start: int, end: int, attributes: str, frame: str = ".", gene: Gene = gene) -> str:
            return f"{gene.contig}\tsynthetic\t{feature}\t{start + 1}\t{end}\t.\t{gene.strand}\t{frame}\t{attributes}\n"

        yield line("gene", *gene.span, common)
        yield line("transcript", *gene.span, own)
        read = 0
        stop = set(gene.coding[-3:])
        for exon, (start, end) in enumerate(gene.exons, 1):
            attributes = f'{own} exon_number "{exon}";'
            yield line("exon", start, end, attributes)
            if exon not in gene.cds:
                continue
            bases = range(*gene.cds[exon])
            before_stop = [p for p in bases if p not in stop]
            if before_stop:
                yield line("CDS", before_stop[0], before_stop[-1] + 1, attributes, str(-read % 3))
                read += len(before_stop)
            stop_here = [p for p in bases if p in stop]
            if stop_here:
                yield line("stop_codon", stop_here[0], stop_here[-1] + 1, attributes, "0")


def write_transcripts(path: Path) -> None:
    rows = ["gene\ttranscript\trefseq\tmane_status\tprotein_length\taliases\tsource"]
    lengths = {row["gene"]: row["protein_length"] for row in read_table("exons.tsv")}  # also of genes that are lacking
    rows += [f"{gene}\tDEMO_{gene}.1\t\tnone\t{lengths[gene]}\t\tsynthetic" for gene in sorted(lengths)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


POPULATION_HEADER = """\
##fileformat=VCFv4.2
##source=Tierline demo, SYNTHETIC
##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency in all groups together">
##INFO=<ID=AN,Number=1,Type=Integer,Description="Alleles looked at in all groups together">
##INFO=<ID=AF_grpmax,Number=A,Type=Float,Description="Allele frequency in the group where it is highest">
##INFO=<ID=AN_grpmax,Number=1,Type=Integer,Description="Alleles looked at in the group where the frequency is highest">
##INFO=<ID=grpmax,Number=A,Type=String,Description="Group where the allele frequency is highest">
"""


def write_population(folder: Path, contigs: dict[str, str], sites: list[Site]) -> None:
    plain = folder / "population.vcf"
    with open(plain, "w", encoding="ascii") as handle:
        handle.write(POPULATION_HEADER)
        handle.writelines(f"##contig=<ID={name},length={len(bases)}>\n" for name, bases in contigs.items())
        handle.write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for s in sites:
            info = f"AF={s.af};AN={s.an};AF_grpmax={s.af_grpmax};AN_grpmax={s.an_grpmax};grpmax={s.grpmax}"
            handle.write(f"{s.contig}\t{s.start0 + 1}\t.\t{s.ref}\t{s.alt}\t.\tPASS\t{info}\n")
    packed = folder / "population.vcf.gz"
    pysam.tabix_compress(str(plain), str(packed), force=True)
    pysam.tabix_index(str(packed), preset="vcf", force=True)
    plain.unlink()


def write_gzip(path: Path, text: str) -> None:
    with open(path, "wb") as handle, gzip.GzipFile("", "wb", 9, handle, mtime=0) as packed:
        packed.write(text.encode("ascii"))


SAMPLE_COLUMNS = ("sample", "patient", "kind", "tumor_type", "assay", "panels", "purity", "sex", "material",
                  "germline_consent", "accession", "specimen_site", "collected", "received", "ordered_by")  # fmt: skip


def write_sheets(folder: Path) -> None:
    samples, units = ["\t".join(SAMPLE_COLUMNS)], ["sample\tunit\tlibrary\tflowcell\tlane\tfq1\tfq2\tbam"]
    for number, s in enumerate(SAMPLES, 1):
        samples.append("\t".join((s.name, s.patient, s.kind, s.tumor_type, "demo", s.panels, s.purity, s.sex,
                                  s.material, "no", f"SYNTHETIC-{number:03d}", s.site, "2026-01-05",
                                  "2026-01-07", "SYNTHETIC board")))  # fmt: skip
        for lane in s.lanes:
            files = "\t".join(f"fastq/{s.name}_L{lane}_R{mate}.fastq.gz" for mate in (1, 2))
            units.append(f"{s.name}\tL{lane}\t{s.name}_lib1\tDEMOFC{s.name[:3]}\t{lane}\t{files}\t")
    head = "# SYNTHETIC: invented patients, written by make_demo.py\n"
    (folder / "samples.tsv").write_text(head + "\n".join(samples) + "\n", encoding="utf-8")
    (folder / "units.tsv").write_text(head + "\n".join(units) + "\n", encoding="utf-8")


def write_expected(path: Path, contigs: dict[str, str], genes: dict[str, Gene]) -> None:
    """What the demo must yield. VAF is the planted one; ``tolerance`` is how far the reads may lie from it."""

    def described(change: Change, **more: object) -> dict[str, object]:
        gene = genes[change.gene]
        contig, start, ref, alt = to_genome(change, gene, contigs)
        if len(ref) != len(alt):  # VCF wants the base before a deletion
            start, ref, alt = start - 1, contigs[contig][start - 1] + ref, contigs[contig][start - 1] + alt
        name = {"gene": change.gene, "transcript": gene.transcript, "hgvsc": change.hgvsc, "hgvsp": change.hgvsp}
        place = {"chrom": contig, "pos1": start + 1, "ref": ref, "alt": alt}
        return {**name, **place, **{key: value for key, value in more.items() if value not in ("", None)}}

    def planted(sample: DemoSample, fate: str) -> list[dict[str, object]]:
        return [
            described(p.change, vaf=p.fraction, tolerance=TOLERANCE, tier=p.tier, why=p.why)
            for p in sample.planted
            if p.fate == fate
        ]

    lacking = sorted({row["gene"] for row in read_table("exons.tsv")} - set(genes))
    not_covered = {f"{gene}:*": "gene_not_in_annotation" for gene in lacking}
    not_covered |= {f"{gene}:*": "outside_assay" for gene in sorted(OUTSIDE_ASSAY)}
    cases = {}
    for sample in SAMPLES:
        if sample.kind == "normal":
            continue
        normals = [s.name for s in SAMPLES if s.patient == sample.patient and s.kind == "normal"]
        loci = {f"{gene}:{locus}": {"state": "not_assessable", "reason": "depth"} for gene, locus in sample.without_reads}
        if sample.artefact:
            codon = (sample.artefact.c_start + 2) // 3
            filtered = {"state": "not_assessable", "reason": "candidate_filtered"}
            loci[f"{sample.artefact.gene}:p.{codon}"] = filtered
        for p in sample.planted:
            if p.change in HOTSPOTS_HIT:
                loci[f"{p.change.gene}:{HOTSPOTS_HIT[p.change]}"] = {"state": "detected"}
        cases[sample.name] = {
            "normal": normals[0] if normals else "",
            "tumor_type": sample.tumor_type,
            "panels": sample.panels.split(";"),
            "findings": planted(sample, "finding"),
            "not_reportable": planted(sample, "not_reportable"),
            "technical": [described(sample.artefact, why="one strand, low quality")] if sample.artefact else [],
            "loci": loci | {at: {"state": "not_covered", "reason": why} for at, why in not_covered.items()},
        }
    head = (
        "# SYNTHETIC. What the demo must yield, written by make_demo.py. A locus GENE:* means every locus of that gene\n"
        "# in the panel. A finding without a tier: its tier follows from the knowledge in use.\n"
    )
    path.write_text(head + yaml.safe_dump({"cases": cases}, sort_keys=False), encoding="utf-8")


def write_targets(folder: Path, targets: list[tuple[str, int, int, str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = ("\t".join(map(str, target)) for target in targets)
    (folder / f"targets.{BUILD}.bed").write_text("\n".join(lines) + "\n", encoding="ascii")


def main(folder: Path, assay: Path) -> int:
    rng = random.Random(SEED)
    contigs, genes = build_genome(rng)
    targets = make_targets(genes)
    sites = population_sites(rng, contigs, genes, targets)
    named = {to_genome(c, genes[c.gene], contigs)[:2] for c in POPULATION}
    (folder / "fastq").mkdir(parents=True, exist_ok=True)
    write_fasta(folder / "genome.fa", contigs)
    pysam.faidx(str(folder / "genome.fa"))
    (folder / "genes.gtf").write_text("".join(gtf_lines(genes)), encoding="utf-8")
    write_transcripts(folder / "transcripts.tsv")
    write_population(folder, contigs, sites)
    write_sheets(folder)
    write_expected(folder / "expected.yaml", contigs, genes)
    write_targets(assay, targets)

    people: dict[str, list[Placed]] = {}
    for sample in SAMPLES:
        own = random.Random(f"{SEED} {sample.name}")
        if sample.patient not in people:
            people[sample.patient] = genotypes(random.Random(f"{SEED} {sample.patient}"), sites, named)
        placed = people[sample.patient] + [
            Placed(*to_genome(p.change, genes[p.change.gene], contigs), p.fraction) for p in sample.planted
        ]
        forbidden = [
            (genes[g].contig, *part) for g, locus in sample.without_reads for part in locus_intervals(genes[g], locus)
        ]
        fragments = draw_fragments(own, sample, contigs, targets, placed, forbidden)
        artefact = None
        if sample.artefact:
            artefact = Placed(*to_genome(sample.artefact, genes[sample.artefact.gene], contigs), ARTEFACT_SHARE)
        for index, lane in enumerate(sample.lanes):
            part = fragments[index :: len(sample.lanes)]
            for mate, text in enumerate(fastq_pairs(own, sample, lane, part, artefact), 1):
                write_gzip(folder / "fastq" / f"{sample.name}_L{lane}_R{mate}.fastq.gz", text)
        print(f"{sample.name}: {len(fragments)} pairs")
    size = sum(len(bases) for bases in contigs.values())
    print(f"{len(genes)} genes on {size} bases, {len(targets)} targets, {sum(e - s for _, s, e, _ in targets)} bases")
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(Path(sys.argv[1]), Path(sys.argv[1]) / "assay"))
    sys.exit(main(HERE, HERE.parent / "assays" / BUILD))
