"""Names under which people write genes that the knowledge holds by their HGNC symbol; every row with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tierline.paths import RESOURCES
from tierline.tables import read_rows

GENE_ALIASES: Path = RESOURCES / "knowledge" / "gene_aliases.tsv"


@dataclass(frozen=True, slots=True)
class GeneAlias:
    """One row of ``gene_aliases.tsv``: a former symbol, or an everyday name."""

    alias: str  # as people write it, in any case
    gene: str  # HGNC symbol
    source: str  # where both names stand for one gene


def load_gene_aliases(path: str | Path = GENE_ALIASES) -> dict[str, str]:
    """HGNC symbols by alias in small letters."""
    return {row.alias.casefold(): row.gene for row in read_rows(path, GeneAlias)}


def current_symbol(gene: str, aliases: Mapping[str, str]) -> str:
    """The symbol under which the knowledge holds a gene; ``aliases`` are those of ``load_gene_aliases``."""
    return aliases.get(gene.casefold(), gene)
