"""The reported transcript of every gene that a panel asks, and where it lies: the annotation is read once a panel."""

from tierline.annotation import load_transcripts, model_rows, panel_models
from tierline.records import GeneModel
from tierline.steps import producing
from tierline.tables import write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    table = load_transcripts(snakemake.input.transcripts)
    choices, models, messages = panel_models(
        snakemake.input.gtf, table, snakemake.params.genes, every_gene=snakemake.params.every_gene
    )
    write_rows(part(snakemake.output[0]), GeneModel, model_rows(choices, models))
    print(f"{len(models)} of {len(choices)} genes")
    for message in messages:
        print(message)
