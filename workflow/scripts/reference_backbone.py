"""The backbone of an assay on the genome in use, as a VCF of common sites."""

from tierline.assays import read_fai
from tierline.backbone import write_sites
from tierline.panels import load_panel
from tierline.steps import producing

with producing(snakemake.log[0], snakemake.output) as part:
    snps = load_panel(snakemake.params.panel).snps_on(snakemake.params.build)
    written = write_sites(str(part(snakemake.output[0])), snps, read_fai(snakemake.input.fai))
    print(f"{written} of {len(snps)} SNPs of the backbone are on this genome")
