"""The common SNPs of an assay that tell people apart, as GATK reads them."""

from tierline.assays import read_bed, read_fai
from tierline.snps import haplotype_map, read_snps, spread
from tierline.steps import producing

with producing(snakemake.log[0], snakemake.output) as part:
    contigs = read_fai(snakemake.input.fai)
    found = read_snps(snakemake.input.sites[0], read_bed(snakemake.input.targets, contigs))
    kept = spread(found)
    part(snakemake.output[0]).write_text(haplotype_map(kept, contigs), encoding="utf-8")
    print(f"{len(kept)} of {len(found)} common SNPs in and near the targets")
