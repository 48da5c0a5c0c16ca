"""Population frequencies of a few changes, for tables of variants that give none; every row with its source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tierline.paths import RESOURCES
from tierline.tables import read_rows

POPULATION_KNOWN: Path = RESOURCES / "knowledge" / "population_known.tsv"


@dataclass(frozen=True, slots=True)
class PopulationKnown:
    """One row of ``population_known.tsv``: the frequency of a change in the population group where it is highest."""

    gene: str  # HGNC symbol
    protein_change: str  # p.Val600Glu
    frequency: float  # 0-1
    group: str  # gnomAD's name of the group: afr, sas, nfe
    alleles: int | None  # of the group; None where the page does not say
    source: str  # release of gnomAD, and who gives it
    looked_up: str  # the page
    read_on: str  # YYYY-MM-DD


def load_population_known(path: str | Path = POPULATION_KNOWN) -> dict[tuple[str, str], PopulationKnown]:
    """Rows by gene and protein change."""
    return {(row.gene, row.protein_change): row for row in read_rows(path, PopulationKnown)}
