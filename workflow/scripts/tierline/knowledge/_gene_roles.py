"""Whether a gene acts as an oncogene, a tumour suppressor, or both; every row with its source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tierline.paths import RESOURCES
from tierline.tables import read_rows

GENE_ROLES: Path = RESOURCES / "knowledge" / "gene_roles.tsv"
WITHOUT_ROLE = "gene_roles_not_found.tsv"


@dataclass(frozen=True, slots=True)
class GeneRole:
    """One row of ``gene_roles.tsv``. ``role`` is oncogene, tumour_suppressor or both."""

    gene: str  # HGNC symbol
    role: str  # oncogene | tumour_suppressor | both
    source: str  # where the row was read

    @property
    def is_oncogene(self) -> bool:
        return self.role in ("oncogene", "both")

    @property
    def is_tumour_suppressor(self) -> bool:
        return self.role in ("tumour_suppressor", "both")


def load_gene_roles(path: str | Path = GENE_ROLES) -> dict[str, GeneRole]:
    """Roles by gene symbol; a gene that is absent has no sourced role."""
    return {row.gene: row for row in read_rows(path, GeneRole)}


@dataclass(frozen=True, slots=True)
class GeneWithoutRole:
    """One row of ``gene_roles_not_found.tsv``: a gene of a panel whose role was looked up and not found."""

    gene: str  # HGNC symbol
    said: str  # what lists say of it, too little to count; empty where no source states a role


def load_genes_without_role(folder: Path) -> dict[str, GeneWithoutRole]:
    """Genes looked up without finding a role, by symbol; none where the folder lacks that table."""
    path = folder / WITHOUT_ROLE
    return {row.gene: row for row in read_rows(path, GeneWithoutRole)} if path.exists() else {}
