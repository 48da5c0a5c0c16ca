"""The loci of a panel on the genome and annotation in use, and which of them the assay covers."""

import pysam
from tierline.annotation import from_model_rows
from tierline.assays import read_bed
from tierline.panels import check_build, load_panel, resolve_loci
from tierline.records import GeneModel, Locus
from tierline.steps import producing
from tierline.tables import read_rows, write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    choices, models = from_model_rows(read_rows(snakemake.input.models, GeneModel))
    panel = load_panel(snakemake.params.folder, choices)
    with pysam.FastaFile(snakemake.input.fasta) as fasta:
        loci = resolve_loci(panel, models, read_bed(snakemake.input.targets), fasta.fetch)
    check_build(loci, snakemake.params.gtf)
    write_rows(part(snakemake.output.loci), Locus, loci)
    for locus in loci:
        if locus.problem:
            print(f"{locus.locus_id}: {locus.problem}")
