"""Residues that the literature numbers otherwise than the whole protein does; every row with its source."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
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


def numbering(aliases: Iterable[str]) -> dict[tuple[str, int], tuple[str, int]]:
    """``p.Tyr641=p.Tyr646`` as {(Tyr, 641): (Tyr, 646)}: another numbering of a residue, and this one."""
    sides = ([re.fullmatch(r"p\.([A-Z][a-z]{2})(\d+)", side) for side in text.split("=")] for text in aliases)
    return {(a[1], int(a[2])): (b[1], int(b[2])) for a, b in sides if a and b}
