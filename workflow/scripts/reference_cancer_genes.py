"""The genes in which a panel of every gene has findings: those with a role in cancer, with evidence, or listed in it."""

from tierline.knowledge import load_gene_roles, load_knowledge
from tierline.steps import producing

with producing(snakemake.log[0], snakemake.output) as part:
    named = {item.gene for item in load_knowledge(snakemake.params.knowledge).evidence}
    genes = sorted({*load_gene_roles(), *named, *snakemake.params.genes} - {""})
    part(snakemake.output[0]).write_text("".join(f"{gene}\n" for gene in genes), encoding="utf-8")
    print(f"{len(genes)} genes")
