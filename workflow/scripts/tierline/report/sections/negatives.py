"""Pertinent negatives: where no variant was detected, gene by gene, with the worst limit of detection among its loci."""

from collections.abc import Iterable
from typing import Any

from tierline.case import Case, genes_without_locus
from tierline.records import State
from tierline.report.view import by_gene

TITLE = "Not detected, within these limits"
ORDER = 50


def _worst(limits: Iterable[float | None]) -> float | None:
    """The highest limit; None as soon as one is not known."""
    known = list(limits)
    return None if not known or None in known else max(limit for limit in known if limit is not None)


def context(case: Case) -> dict[str, Any]:
    genes: list[dict[str, Any]] = []
    for gene, loci in by_gene(case.loci):
        negative = [locus for locus in loci if locus.state is State.NOT_DETECTED]
        if negative:
            genes.append(
                {
                    "gene": gene,
                    "loci": negative,
                    "of": len(loci),
                    "limits": (
                        _worst(locus.lod_vaf for locus in negative),
                        _worst(locus.lod_vaf_mnv for locus in negative),
                        _worst(locus.lod_vaf_indel for locus in negative),
                    ),
                }
            )
    by_class = any(len(set(gene["limits"])) > 1 for gene in genes)
    if not by_class:
        genes = [{**gene, "limits": gene["limits"][:1]} for gene in genes]
    return {"genes": genes, "by_class": by_class, "no_locus": genes_without_locus(case.panel.genes, case.loci)}
