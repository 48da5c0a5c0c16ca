"""The fate of every candidate of a tumour under a panel: the ledger, and the VCF with named reasons."""

from pathlib import Path

import pysam
from tierline.annotation import from_model_rows, load_transcripts
from tierline.filters import Context, haematopoiesis_genes, judge, silent_terms
from tierline.naming import Agreement, Readings, rename
from tierline.panels import every_gene_of, load_panel
from tierline.records import Candidate, GeneModel, Locus
from tierline.steps import producing
from tierline.tables import read_rows, write_rows
from tierline.vcfio import annotated, mark, marked_header
from tierline.vcfout import writing

with producing(snakemake.log[0], snakemake.output) as part:
    samples = snakemake.params.samples
    tumor, normal = samples[0], samples[1] if len(samples) > 1 else None
    chosen, models = from_model_rows(read_rows(snakemake.input.models, GeneModel))
    choices = load_transcripts(snakemake.input.transcripts) | chosen
    panel = load_panel(snakemake.params.panel, choices)
    context = Context(
        panel=every_gene_of(panel, chosen),
        loci=[locus for locus in read_rows(snakemake.input.loci, Locus) if locus.intervals],
        transcripts=choices,
        silent=silent_terms(snakemake.input.consequences),
        haematopoiesis=haematopoiesis_genes(snakemake.input.haematopoiesis),
        paired=normal is not None,
        germline_consent=snakemake.params.germline_consent,
        amplicon=snakemake.params.amplicon,
        regions=panel.regions_on(snakemake.params.build),
        cancer_genes=frozenset(Path(snakemake.input.cancer_genes[0]).read_text().split()) if panel.every_gene else None,
    )
    candidates: list[Candidate] = []
    agreement = Agreement()
    with pysam.VariantFile(snakemake.input.vcf) as vcf, pysam.FastaFile(snakemake.input.fasta) as fasta:
        readings = Readings(models.values(), fasta.fetch)
        header = marked_header(vcf.header)
        with writing(part(snakemake.output.vcf), header) as out:
            for record in vcf:
                said = annotated(record, tumor, normal)
                call = rename(said, readings)
                agreement.note(said, call)
                candidate = judge(call, context)
                mark(record, header, candidate)
                out.write(record)
                candidates.append(candidate)
    write_rows(part(snakemake.output.ledger), Candidate, candidates)
    print(f"{len(candidates)} candidates, {sum(c.fate == 'finding' for c in candidates)} findings")
    print(agreement)
    for message in readings.messages:
        print(message)
