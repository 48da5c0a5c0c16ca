"""The VCFs of a tumour without reads as one, every allele written once, with the counts that its caller states."""

import pysam
from tierline.consensus import as_called
from tierline.givencalls import on_this_genome, open_given, source_of, stated_counts
from tierline.records import Source
from tierline.steps import producing
from tierline.tables import write_rows
from tierline.vcfio import by_contig, consensus_header, read_brought, write_allele
from tierline.vcfout import writing

with producing(snakemake.log[0], snakemake.output) as part:
    samples = snakemake.params.samples
    tumor, normal = samples[0], samples[1] if len(samples) > 1 else None
    files = zip(snakemake.input.calls, snakemake.params.columns, strict=True)
    brought = [open_given(path, tumor, normal, tuple(named), alone=True) for path, named in files]
    calls_on = by_contig(map(read_brought, brought))
    first = {caller: place for place, caller in reversed(list(enumerate(given.caller for given in brought)))}
    written = 0
    with (
        pysam.FastaFile(snakemake.input.fasta) as fasta,
        writing(part(snakemake.output.vcf), consensus_header(fasta, tumor, normal)) as out,
    ):
        for chrom in (name for name in fasta.references if name in calls_on):
            for allele, calls, unphased in on_this_genome(as_called(calls_on.pop(chrom), fasta.fetch), brought):
                caller, *counts = stated_counts(sorted(calls, key=lambda call: first[call.caller]))
                write_allele(out, chrom, allele, calls, counts, counts_from=caller, unphased=unphased)
                written += 1
    write_rows(part(snakemake.output.sources), Source, [source_of(given, "calls") for given in brought])
    print(f"{written} alleles from {', '.join(f'{given.path} ({given.caller})' for given in brought)}")
    for chrom, calls in calls_on.items():
        print(f"{chrom} is not in the genome: {len(calls)} calls on it are left out")
