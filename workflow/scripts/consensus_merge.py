"""One VCF of a tumour from its callers' and what was brought, every allele written once, recounted in tumour and normal."""

from contextlib import ExitStack

import pysam
from tierline.consensus import unify
from tierline.givencalls import on_this_genome, open_given, source_of
from tierline.pileup import Usable, count_reads, observe
from tierline.records import Source
from tierline.steps import producing
from tierline.tables import write_rows
from tierline.vcfio import by_contig, consensus_header, read_brought, read_calls, write_allele
from tierline.vcfout import writing

with producing(snakemake.log[0], snakemake.output) as part, ExitStack() as open_files:
    samples = snakemake.params.samples
    tumor, normal = samples[0], samples[1] if len(samples) > 1 else None
    usable = [Usable(**values) for values in snakemake.params.usable]
    fasta = open_files.enter_context(pysam.FastaFile(snakemake.input.fasta))
    bams = [open_files.enter_context(pysam.AlignmentFile(path)) for path in snakemake.input.bams[: len(samples)]]
    own = zip(snakemake.input.calls, snakemake.params.callers, strict=True)
    brought = [open_given(path, tumor, normal, alone=False) for path in snakemake.input.more_calls]
    calls_on = by_contig([*(read_calls(vcf, caller, tumor, normal) for vcf, caller in own), *map(read_brought, brought)])
    out = open_files.enter_context(writing(part(snakemake.output.vcf), consensus_header(fasta, tumor, normal)))
    written = 0
    for chrom in (name for name in fasta.references if name in calls_on):

        def look(start0: int, end0: int, chrom: str = chrom):  # type: ignore[no-untyped-def]
            return observe(bams[0], chrom, start0, end0, usable[0])

        for allele, calls in on_this_genome(unify(calls_on.pop(chrom), fasta.fetch, look), brought):
            counts = [count_reads(bam, chrom, *allele, use, fasta.fetch) for bam, use in zip(bams, usable, strict=True)]
            write_allele(out, chrom, allele, calls, counts)
            written += 1
    write_rows(part(snakemake.output.sources), Source, [source_of(given, "more_calls") for given in brought])
    print(f"{written} alleles from {', '.join([*snakemake.params.callers, *(given.caller for given in brought)])}")
    for chrom, calls in calls_on.items():
        print(f"{chrom} is not in the genome: {len(calls)} calls on it are left out")
