"""The genes near the targets of the assays in use, as plain GTF: all that a call in a target can fall on."""

from tierline.annotation import lines_of_genes_near
from tierline.assays import read_bed
from tierline.steps import producing

with producing(snakemake.log[0], snakemake.output) as part:
    targets = [target for bed in snakemake.input.targets for target in read_bed(bed)]
    lines = list(lines_of_genes_near(snakemake.input.gtf, targets, snakemake.params.margin))
    part(snakemake.output[0]).write_text("".join(lines), encoding="utf-8")
    print(f"{len(lines)} lines")
