"""Statistically recurrent residues and in-frame indels (cancerhotspots.org, ODbL), distilled by our own script."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tierline.hgvs import THREE
from tierline.knowledge._gene_aliases import load_gene_aliases
from tierline.knowledge._residue_numbering import load_residue_numbering, numbering
from tierline.paths import RESOURCES
from tierline.tables import read_rows

HOTSPOT_RESIDUES: Path = RESOURCES / "knowledge" / "hotspot_residues.tsv"
HOTSPOT_INDELS: Path = RESOURCES / "knowledge" / "hotspot_indels.tsv"


@dataclass(frozen=True, slots=True)
class HotspotResidue:
    """One row of ``hotspot_residues.tsv``: a residue that is hit more often than chance.

    ``position`` is the 1-based codon in ``transcript``; amino acids are one-letter, ``*`` is a stop.
    """

    gene: str  # HGNC symbol
    position: int  # codon, 1-based
    reference: str  # amino acid, one letter
    variants: tuple[str, ...]  # "E:833": variant amino acid and tumours, most frequent first
    total: int  # tumours
    q_value: float  # as the source gives it
    transcript: str  # without version

    @property
    def counts(self) -> dict[str, int]:
        """Tumours per variant amino acid."""
        return {amino: int(count) for amino, count in (item.split(":") for item in self.variants)}


@dataclass(frozen=True, slots=True)
class HotspotIndel:
    """One row of ``hotspot_indels.tsv``: codons (1-based, inclusive) with recurrent in-frame indels."""

    gene: str  # HGNC symbol
    start: int  # first codon
    end: int  # last codon
    variants: tuple[str, ...]  # "E746_A750del:24": change in one-letter HGVS and tumours, most frequent first
    total: int  # tumours
    q_value: float  # as the source gives it
    transcript: str  # without version


def load_hotspots(path: str | Path = HOTSPOT_RESIDUES) -> dict[tuple[str, int], HotspotResidue]:
    """Recurrent residues by (gene, 1-based codon), under the source's symbol and the one that replaced it.

    The codon is that of the reported transcript where ``residue_numbering.tsv`` says that the source counts in another.
    """
    current = load_gene_aliases()
    here = {gene: numbering(texts) for gene, texts in load_residue_numbering().items()}

    def position(gene: str, row: HotspotResidue) -> int:
        residue = (THREE.get(row.reference, row.reference), row.position)
        return here.get(gene, {}).get(residue, residue)[1]

    return {
        (gene, position(gene, row)): row
        for row in read_rows(path, HotspotResidue)
        for gene in (row.gene, current.get(row.gene.casefold(), row.gene))
    }


def load_hotspot_indels(path: str | Path = HOTSPOT_INDELS) -> dict[str, tuple[HotspotIndel, ...]]:
    """Regions of recurrent in-frame indels by gene, under the source's symbol and the one that replaced it."""
    current = load_gene_aliases()
    found: defaultdict[str, list[HotspotIndel]] = defaultdict(list)
    for row in read_rows(path, HotspotIndel):
        for gene in {row.gene, current.get(row.gene.casefold(), row.gene)}:
            found[gene].append(row)
    return {gene: tuple(rows) for gene, rows in found.items()}
