"""Distil the exon structure and the hotspot residues of the panel genes from public tables into three small ones.

``exons.tsv``     gene, exon number, coding bases of that exon: exons from RefSeq (BED files of CaMutQC), cut to the
                  union of coding ranges (BED of pancan-panel-design).
``residues.tsv``  gene, locus, reference amino acid and, where GRCh38 sequence is at hand, the reference codon.
``loci.tsv``      the loci of our own panel ``hotspot50_tert``, as the demo's assay covers them.

A gene is kept only where the coding length is whole codons and every substitution of cancerhotspots.org (both builds)
and CIViC whose coordinate is known falls on the codon that its source names. The others keep one row, exon 0: the
demo's genome lacks them.

Usage: python resources/demo/distil_exons.py [folder of the shared data]
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from Bio.Seq import Seq
from tierline.annotation import load_transcripts
from tierline.panels import load_panel

HERE = Path(__file__).resolve().parent
REFSEQ_PADDING, CDS_PADDING = 10, 2  # bases that the two BED sources add on each side

# The RefSeq transcript in which each gene's exons are counted; versions come from the source.
REFSEQ = {
    "ABL1": "NM_005157", "AKT1": "NM_005163", "ALK": "NM_004304", "APC": "NM_000038", "ATM": "NM_000051",
    "BRAF": "NM_004333", "CDH1": "NM_004360", "CDKN2A": "NM_000077", "CSF1R": "NM_005211", "CTNNB1": "NM_001904",
    "EGFR": "NM_005228", "ERBB2": "NM_004448", "ERBB4": "NM_005235", "EZH2": "NM_004456", "FBXW7": "NM_001349798",
    "FGFR1": "NM_023110", "FGFR2": "NM_000141", "FGFR3": "NM_000142", "FLT3": "NM_004119", "GNA11": "NM_002067",
    "GNAQ": "NM_002072", "GNAS": "NM_000516", "HNF1A": "NM_000545", "HRAS": "NM_005343", "IDH1": "NM_005896",
    "IDH2": "NM_002168", "JAK2": "NM_004972", "JAK3": "NM_000215", "KDR": "NM_002253", "KIT": "NM_000222",
    "KRAS": "NM_004985", "MET": "NM_000245", "MLH1": "NM_000249", "MPL": "NM_005373", "NOTCH1": "NM_017617",
    "NPM1": "NM_002520", "NRAS": "NM_002524", "PDGFRA": "NM_006206", "PIK3CA": "NM_006218", "PTEN": "NM_000314",
    "PTPN11": "NM_002834", "RB1": "NM_000321", "RET": "NM_020975", "SMAD4": "NM_005359", "SMARCB1": "NM_003073",
    "SMO": "NM_005631", "SRC": "NM_198291", "STK11": "NM_000455", "TERT": "NM_198253", "TP53": "NM_000546",
    "VHL": "NM_000551",
}  # fmt: skip
# Loci beyond the hotspots whose real bases the demo's variants need.
EXTRA_CODONS = {"EGFR": range(729, 762), "BRAF": range(594, 607), "TP53": (72,), "HRAS": (27,)}
PROMOTER = {"TERT": (-57, -124, -125, -138, -139, -146)}

EXON_NOTE = (
    "RefSeq exons: CaMutQC, MSK-IMPACT v3 and FoundationOne CDx BED files, GRCh38 (GPL-3.0)",
    "coding part: union of CDS ranges, ucladx/pancan-panel-design@4af69f83 (Apache-2.0)",
    "codons_checked: coordinates of cancerhotspots.org v2 (ODbL) and CIViC (CC0) that fall on the codon they name",
)
HOTSPOT_SOURCE, HOTSPOT_LICENCE = "cancerhotspots.org v2 and 3D", "ODbL"
CIVIC_SOURCE, CIVIC_LICENCE = "CIViC 2021-08-01 variant summaries", "CC0"
PANEL_SOURCE, PANEL_LICENCE = "panel hotspot50", "MIT"
GENOME_SOURCE, GENOME_LICENCE = "GRCh38 reference sequence", "public domain"


@dataclass(frozen=True)
class Transcript:
    """``exons`` and ``cds`` are (start0, end0) in order of the transcript; ``cds`` holds None for a non-coding exon."""

    name: str
    chrom: str
    strand: str
    exons: tuple[tuple[int, int], ...]
    cds: tuple[tuple[int, int] | None, ...]

    @property
    def coding_length(self) -> int:
        return sum(end - start for start, end in filter(None, self.cds))

    def positions(self) -> list[int]:
        """0-based genomic position of every coding base, in order of translation."""
        step = 1 if self.strand == "+" else -1
        return [p for start, end in filter(None, self.cds) for p in range(start, end)[::step]]


def read_refseq(folder: Path, build: str) -> dict[str, tuple[str, str, str, tuple[tuple[int, int], ...]]]:
    """RefSeq accession without version -> (accession, chrom, strand, exons in order of the transcript)."""
    found: dict[tuple[str, str, str], dict[int, tuple[int, int]]] = {}
    for name in (f"CaMutQC_MSK_v3-{build}.bed.gz", f"CaMutQC_FlCDx-{build}.bed.gz"):
        with gzip.open(folder / "panels" / name, "rt") as handle:
            for line in handle:
                chrom, start, end, label, _, strand = line.split()
                match = re.fullmatch(r"(NM_\d+\.\d+)_exon_(\d+)_10_(chr\w+)_\d+_[fr]", label)
                if match and match[3] == chrom:  # else on an alternate contig
                    exon = int(start) + REFSEQ_PADDING, int(end) - REFSEQ_PADDING
                    found.setdefault((match[1], chrom, strand), {})[int(match[2])] = exon
    transcripts = {}
    for (accession, chrom, strand), by_index in found.items():
        exons = [by_index[i] for i in sorted(by_index)]  # the index counts along the genome
        if chrom != "chrY" and exons == sorted(exons):
            ordered = tuple(exons if strand == "+" else exons[::-1])
            transcripts[accession.split(".")[0]] = (accession, chrom, strand, ordered)
    return transcripts


def read_coding_ranges(folder: Path) -> dict[str, list[tuple[int, int]]]:
    ranges = defaultdict(list)
    for line in (folder / "panels" / "ucladx_exon_targets_grch38.bed").read_text().splitlines():
        _, start, end, label = line.split("\t")[:4]
        ranges[label.split(":")[0]].append((int(start) + CDS_PADDING, int(end) - CDS_PADDING))
    return ranges


def cut_to_coding(exons: tuple[tuple[int, int], ...], ranges: list[tuple[int, int]]) -> list[tuple[int, int] | None]:
    """The coding part of each exon, None where it has none; [] where an exon holds two (another transcript's)."""
    coding: list[tuple[int, int] | None] = []
    for start, end in exons:
        parts = [(max(start, s), min(end, e)) for s, e in ranges if s < end and e > start]
        if len(parts) > 1:
            return []
        coding.append(parts[0] if parts else None)
    return coding


def read_checks(folder: Path) -> dict[tuple[str, str], list[tuple[int, str, int]]]:
    """(gene, build) -> (position pos1, reference amino acid, codon) of substitutions at known coordinates."""
    checks = defaultdict(list)
    for build, name in (("hg38", "GRCh38"), ("hg19", "GRCh37")):
        for line in (folder / "knowledge" / f"maftools_cancerhotspots_v2_{name}.tsv").read_text().splitlines():
            _, pos1, ref, alt, gene, kind, change = line.split("\t")[:7]
            match = re.fullmatch(r"([A-Z])(\d+)[A-Z*]", change)
            if match and kind in {"Missense_Mutation", "Nonsense_Mutation"} and len(ref) == len(alt) == 1:
                checks[gene, build].append((int(pos1), match[1], int(match[2])))
    for gene, position, residue, codon in read_civic(folder):
        checks[gene, "hg19"].append((position, residue, codon))
    return checks


def read_civic(folder: Path) -> Iterator[tuple[str, int, str, int]]:
    with open(folder / "knowledge" / "civic_01-Aug-2021-VariantSummaries.tsv", encoding="utf-8") as handle:
        for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
            match = re.fullmatch(r"([A-Z])(\d+)[A-Z]", row["variant"] or "")
            if match and row["reference_build"] == "GRCh37" and row["start"] and row["start"] == row["stop"]:
                yield row["gene"], int(row["start"]), match[1], int(match[2])


def read_genome(folder: Path) -> list[tuple[str, int, str]]:
    """The GRCh38 slices as (chrom, start0, sequence)."""
    slices = []
    with gzip.open(folder / "genome" / "grch38_slices.fa.gz", "rt") as handle:
        for block in handle.read().split(">")[1:]:
            header, _, body = block.partition("\n")
            chrom, span = header.split()[0].split(":")
            slices.append((chrom, int(span.split("-")[0]) - 1, body.replace("\n", "").upper()))
    return slices


def bases_at(slices: list[tuple[str, int, str]], chrom: str, positions: list[int], strand: str) -> str:
    """Bases at 0-based ``positions`` in the sense of ``strand``; "" where any is not known."""
    bases = ""
    for position in positions:
        for name, start, sequence in slices:
            if name == chrom and start <= position < start + len(sequence):
                bases += sequence[position - start]
                break
    if len(bases) != len(positions) or "N" in bases:
        return ""
    return bases if strand == "+" else str(Seq(bases).complement())


def residues_of(hotspots: list[dict[str, str]], gene: str) -> dict[int, tuple[str, int]]:
    """Codon -> (amino acid, tumours) for the residues of cancerhotspots.org; those known from 3D only count 0."""
    residues: dict[int, tuple[str, int]] = {}
    for row in hotspots:
        match = re.fullmatch(r"([A-WYZ])(\d+)", row["residue"])  # X is a splice site, not an amino acid
        if row["hugo_symbol"] != gene or not match:
            continue
        tumours = int(row["tumor_count"] or 0) if row["type"] == "single residue" else 0
        codon = int(match[2])
        residues[codon] = (match[1], max(tumours, residues.get(codon, ("", 0))[1]))
    return residues


def main(folder: Path) -> int:
    refseq, refseq_37 = read_refseq(folder, "hg38"), read_refseq(folder, "hg19")
    ranges, checks, slices = read_coding_ranges(folder), read_checks(folder), read_genome(folder)
    with open(folder / "knowledge" / "hotspots_v2_and_3d.txt", encoding="utf-8") as handle:
        hotspots = list(csv.DictReader(handle, delimiter="\t"))

    panel = load_panel(HERE.parent / "panels" / "hotspot50_tert")
    asked = {(h.gene, int(h.locus[2:])): h.residue for h in panel.hotspots if h.residue}
    choices = load_transcripts(HERE.parent / "transcripts" / "GRCh38.tsv")

    exon_rows: list[tuple[object, ...]] = []
    residue_rows: list[tuple[object, ...]] = []
    left_out, codons_checked, dna_checked = [], 0, 0
    for gene, accession in REFSEQ.items():
        if accession not in refseq:
            raise SystemExit(f"{gene}: {accession} is not in the BED files")
        name, chrom, strand, exons = refseq[accession]
        transcript = Transcript(name, chrom, strand, exons, tuple(cut_to_coding(exons, sorted(ranges[gene]))))
        positions = transcript.positions()
        codon_of = {position: i // 3 + 1 for i, position in enumerate(positions)}
        wrong = [c for pos1, _, c in checks[gene, "hg38"] if codon_of.get(pos1 - 1) != c]
        agreed = len(checks[gene, "hg38"]) - len(wrong)
        civic: dict[int, str] = {}
        exons_37 = refseq_37.get(accession, ("", "", "", ()))[3]
        if len(exons) == len(exons_37):  # UTRs differ between versions: only exons of equal length are lifted
            lift = {
                old + k: new + k
                for (new, new_end), (old, old_end) in zip(exons, exons_37, strict=True)
                if new_end - new == old_end - old
                for k in range(new_end - new)
            }
            named = {(g, p): c for g, p, _, c in read_civic(folder)}
            for pos1, residue, codon in checks[gene, "hg19"]:
                if pos1 - 1 not in lift:
                    continue
                if codon_of.get(lift[pos1 - 1]) == codon:
                    agreed += 1
                    if (gene, pos1) in named:
                        civic[codon] = residue
                elif (gene, pos1) not in named:  # CIViC also numbers on other transcripts: those are not used
                    wrong.append(codon)
        if transcript.coding_length % 3 or wrong:
            left_out.append(f"{gene} ({transcript.coding_length} coding bases, {len(wrong)} codons elsewhere)")
            exon_rows.append((gene, name, strand, 0, 0, choices[gene].protein_length, 0))
            continue
        protein_length = transcript.coding_length // 3 - 1
        if protein_length != choices[gene].protein_length:
            raise SystemExit(f"{gene}: {protein_length} aa here, {choices[gene].protein_length} in GRCh38.tsv")
        codons_checked += agreed
        for number, coding in enumerate(transcript.cds, 1):
            length = coding[1] - coding[0] if coding else 0
            exon_rows.append((gene, name, strand, number, length, protein_length, agreed))

        counted = residues_of(hotspots, gene)
        ours = {codon: residue for (g, codon), residue in asked.items() if g == gene}
        for codon in sorted({*counted, *civic, *ours, *EXTRA_CODONS.get(gene, ())}):
            if codon > protein_length:
                continue
            dna = bases_at(slices, chrom, positions[3 * codon - 3 : 3 * codon], strand)
            stated = {r for r in (counted.get(codon, ("", 0))[0], civic.get(codon, ""), ours.get(codon, "")) if r}
            translated = str(Seq(dna).translate()) if dna else ""
            if len(stated | ({translated} - {""})) > 1:
                raise SystemExit(f"{gene} codon {codon}: {stated} by the sources, {translated} by the genome")
            dna_checked += bool(dna and stated)
            source, licence = (
                (HOTSPOT_SOURCE, HOTSPOT_LICENCE) if codon in counted
                else (CIVIC_SOURCE, CIVIC_LICENCE) if codon in civic
                else (PANEL_SOURCE, PANEL_LICENCE) if codon in ours
                else (GENOME_SOURCE, GENOME_LICENCE)
            )  # fmt: skip
            if dna and source != GENOME_SOURCE:
                source, licence = f"{source}; {GENOME_SOURCE}", f"{licence}; {GENOME_LICENCE}"
            residue = translated or stated.pop()
            residue_rows.append((gene, f"p.{codon}", residue, dna, counted.get(codon, ("", 0))[1], source, licence))
        for offset in PROMOTER.get(gene, ()):
            position = positions[0] + offset * (1 if strand == "+" else -1)  # c.-1 is the base before the A of ATG
            base = bases_at(slices, chrom, [position], strand)
            residue_rows.append((gene, f"c.{offset}", "", base, 0, GENOME_SOURCE, GENOME_LICENCE))

    exon_header = ("gene", "refseq", "strand", "exon", "cds_bp", "protein_length", "codons_checked")
    write(HERE / "exons.tsv", exon_header, exon_rows, EXON_NOTE)
    write(HERE / "residues.tsv", ("gene", "locus", "residue", "dna", "tumours", "source", "licence"), residue_rows)
    write(HERE / "loci.tsv", ("gene", "locus"), [(h.gene, h.locus) for h in panel.hotspots])
    genes = len({row[0] for row in exon_rows if row[3]})
    print(f"{genes} genes, {len(exon_rows)} exons; {codons_checked} coordinates fell on the codon their source names")
    print(f"{len(residue_rows)} residues, of which {dna_checked} agree with the codon of GRCh38")
    print("left out: " + ("; ".join(left_out) or "none"))
    return 0


def write(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]], notes: tuple[str, ...] = ()) -> None:
    lines = [*(f"# {note}" for note in notes), "\t".join(header), *("\t".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    default = os.environ.get("TIERLINE_SHARED_DATA") or HERE.parents[2] / "shared" / "data"
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else default)))
