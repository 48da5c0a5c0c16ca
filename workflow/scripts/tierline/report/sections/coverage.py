"""What could be seen, gene by gene: one mark per reportable locus, its answer told by shape."""

from typing import Any

from tierline.case import Case, genes_without_locus
from tierline.records import State
from tierline.report.view import by_gene

TITLE = "What this test could and could not see: reportable loci"
ORDER = 80
FOLDED = True

PER_LINE = 12  # marks side by side
PITCH = 11  # distance of two marks, in the plot's own units


def context(case: Case) -> dict[str, Any]:
    depths = {gene.gene: gene.mean_depth for gene in case.genes}
    genes = []
    for gene, loci in by_gene(case.loci):
        limits = [locus.lod_vaf for locus in loci if locus.lod_vaf is not None]
        marks = [
            {"locus": locus, "x": PITCH * (n % PER_LINE), "y": PITCH * (n // PER_LINE)} for n, locus in enumerate(loci)
        ]
        lines = (len(loci) - 1) // PER_LINE + 1
        columns = min(len(loci), PER_LINE)
        genes.append(
            {
                "gene": gene,
                "marks": marks,
                "width": PITCH * columns,
                "height": PITCH * lines,
                "depth": depths.get(gene),
                "limit": max(limits, default=None),
            }
        )
    genes += [{"gene": gene, "marks": []} for gene in genes_without_locus(case.panel.genes, case.loci)]
    genes.sort(key=lambda row: str(row["gene"]))
    return {"genes": genes, "tally": {state: sum(locus.state is state for locus in case.loci) for state in State}}
