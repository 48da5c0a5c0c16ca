"""Quality metrics of a tumour and its normal, each against the limits of its assay."""

from tierline.quality import Files, judge_sample, let_pass, measure_sample, verify_reads
from tierline.records import Override, Verdict
from tierline.steps import producing
from tierline.tables import write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    given, params = snakemake.input, snakemake.params
    for sample, trimmed, flagstat in zip(params.samples, params.trimmed, given.flagstat, strict=True):
        if trimmed:
            verify_reads(sample, trimmed, flagstat)
    verdicts = []
    tables = (given.coverage, given.on_target, given.flagstat, given.stats, given.depth, params.fastp, params.limits)
    for sample, *files, limits in zip(params.samples, *tables, strict=True):
        is_tumor = sample == snakemake.wildcards.tumor
        contamination = (given.contamination[0], given.pileups[0]) if is_tumor and given.contamination else ()
        measured = measure_sample(Files(*files, *contamination))
        verdicts += judge_sample(sample, measured, limits, is_tumor=is_tumor)
    overrides = [Override(**row) for row in params.overrides]
    write_rows(part(snakemake.output[0]), Verdict, let_pass(verdicts, overrides))
