"""Targets of an assay: checked against the genome, overlaps merged, without primers, sorted, as plain BED."""

from tierline.assays import merge_targets, read_bed, read_fai, without_primers
from tierline.steps import producing

with producing(snakemake.log[0], snakemake.output) as part:
    contigs = read_fai(snakemake.input.fai)
    order = {name: rank for rank, name in enumerate(contigs)}
    found = merge_targets(read_bed(snakemake.input.bed, contigs))
    if snakemake.input.primers:
        found = without_primers(found, read_bed(snakemake.input.primers[0], contigs))
    targets = sorted(found, key=lambda t: (order[t[0]], t[1]))
    part(snakemake.output[0]).write_text("".join(f"{chrom}\t{start0}\t{end0}\n" for chrom, start0, end0 in targets))
    print(f"{len(targets)} targets, {sum(end0 - start0 for _, start0, end0 in targets)} bases")
