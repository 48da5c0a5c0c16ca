"""Residues that the literature numbers otherwise than the whole protein does; every row with its source."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tierline.paths import RESOURCES
from tierline.tables import read_rows

RESIDUE_NUMBERING: Path = RESOURCES / "knowledge" / "residue_numbering.tsv"


@dataclass(frozen=True, slots=True)
class ResidueNumbering:
    """One row of ``residue_numbering.tsv``: what the literature calls a residue, and its number in the whole protein."""

    gene: str  # HGNC symbol
    written: str  # p.Lys27
    here: str  # p.Lys28
    source: str  # where both numbers were read


def load_residue_numbering(path: str | Path = RESIDUE_NUMBERING) -> dict[str, tuple[str, ...]]:
    """``("p.Lys27=p.Lys28", …)`` by gene."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in read_rows(path, ResidueNumbering):
        found[row.gene].append(f"{row.written}={row.here}")
    return {gene: tuple(texts) for gene, texts in found.items()}
