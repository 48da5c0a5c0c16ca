"""Common SNPs among the targets of an assay: whose reads are these? They go to GATK as its haplotype map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pysam

from tierline.assays import Target

NEAR = 200  # bases beside a target that its reads still show
APART = 10_000  # bases: nearer ones are inherited together too often to be counted as two
LEAST_FREQUENT = 0.1  # of the rarer allele: a rarer one hardly tells two people apart


@dataclass(frozen=True, slots=True)
class Snp:
    """A site of two single-base alleles; ``frequency`` is that of ``alt`` in the population, 0-1."""

    chrom: str
    pos1: int
    ref: str
    alt: str
    frequency: float

    @property
    def rarer(self) -> float:
        """Frequency of the rarer allele."""
        return min(self.frequency, 1 - self.frequency)


def read_snps(path: str | Path, targets: Iterable[Target]) -> list[Snp]:
    """The common SNPs of an indexed VCF (``INFO/AF``) in and near the targets, once each, in their order."""
    found = {}
    with pysam.VariantFile(str(path)) as vcf:
        for chrom, start0, end0 in targets:
            if chrom not in vcf.header.contigs:
                continue
            for record in vcf.fetch(chrom, max(0, start0 - NEAR), end0 + NEAR):
                alts = record.alts or ()
                if len(alts) != 1 or len(record.ref or "") != 1 or len(alts[0]) != 1 or "AF" not in record.info:
                    continue
                value = record.info["AF"]
                frequency = float(value[0] if isinstance(value, tuple) else value)
                snp = Snp(chrom, record.pos, record.ref or "", alts[0], frequency)
                if snp.rarer >= LEAST_FREQUENT:
                    found[chrom, record.pos] = snp
    return list(found.values())


def read_allele_counts(path: str | Path) -> dict[tuple[str, int], tuple[int, int]]:
    """Reads of either allele at each site, by contig and pos1, from the VCF of ExtractFingerprint (``AD``)."""
    with pysam.VariantFile(str(path)) as vcf:
        return {(record.chrom, record.pos): tuple(record.samples[0]["AD"][:2]) for record in vcf}


def read_frequencies(path: str | Path) -> dict[tuple[str, int], float]:
    """Frequency of the rarer allele of each site of a haplotype map, by contig and pos1."""
    lines = (line.split("\t") for line in Path(path).read_text(encoding="utf-8").splitlines())
    return {(row[0], int(row[1])): float(row[5]) for row in lines if not row[0].startswith(("@", "#"))}


def spread(snps: Iterable[Snp]) -> list[Snp]:
    """Those that are ``APART``, the most telling first: alleles that are equally frequent; in the order given."""
    given = list(snps)
    kept: dict[str, list[int]] = {}
    chosen = set()
    for snp in sorted(given, key=lambda snp: (-snp.rarer, snp.chrom, snp.pos1)):
        if all(abs(snp.pos1 - other) >= APART for other in kept.get(snp.chrom, ())):
            kept.setdefault(snp.chrom, []).append(snp.pos1)
            chosen.add(snp)
    return [snp for snp in given if snp in chosen]


def haplotype_map(snps: Iterable[Snp], contigs: Mapping[str, int]) -> str:
    """The sites as Picard's tools read them: each a block of its own. ``contigs``: the genome's, with their lengths."""
    lines = ["@HD\tVN:1.6\tSO:coordinate", *(f"@SQ\tSN:{name}\tLN:{length}" for name, length in contigs.items())]
    lines.append("#CHROMOSOME\tPOSITION\tNAME\tMAJOR_ALLELE\tMINOR_ALLELE\tMAF\tANCHOR_SNP\tPANELS")
    order = {name: rank for rank, name in enumerate(contigs)}
    for snp in sorted(snps, key=lambda snp: (order[snp.chrom], snp.pos1)):
        alleles = (snp.ref, snp.alt) if snp.frequency <= 0.5 else (snp.alt, snp.ref)
        cells = (snp.chrom, snp.pos1, f"{snp.chrom}_{snp.pos1}", *alleles, f"{snp.rarer:.4f}", "", "")
        lines.append("\t".join(map(str, cells)))
    return "\n".join([*lines, ""])
