"""The loci of a panel on the genome and annotation in use, and which of them the assay covers."""

import pysam
from tierline.annotation import load_gene_models, load_transcripts
from tierline.assays import read_bed
from tierline.codingcoverage import coding_exons
from tierline.panels import check_build, load_panel, resolve_loci
from tierline.records import CodingExon, Locus
from tierline.steps import producing
from tierline.tables import write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    choices = load_transcripts(snakemake.input.transcripts)
    panel = load_panel(snakemake.params.folder, choices)
    wanted = {gene: choices[gene] for gene in panel.gene_names}
    models, messages = load_gene_models(snakemake.input.gtf, wanted)
    with pysam.FastaFile(snakemake.input.fasta) as fasta:
        loci = resolve_loci(panel, models, read_bed(snakemake.input.targets), fasta.fetch)
    check_build(loci, snakemake.input.gtf)
    write_rows(part(snakemake.output.loci), Locus, loci)
    write_rows(part(snakemake.output.coding), CodingExon, coding_exons(models))
    for message in (*messages, *(f"{locus.locus_id}: {locus.problem}" for locus in loci if locus.problem)):
        print(message)
