"""Quality metrics of a tumour and its normal, each against the limits of its assay."""

from tierline.quality import judge_sample, let_pass, measure_sample, verify_reads
from tierline.records import Override, Verdict
from tierline.steps import producing
from tierline.tables import write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    given, params = snakemake.input, snakemake.params
    for sample, fastp, flagstat in zip(params.samples, params.fastp, given.flagstat, strict=True):
        if fastp:
            verify_reads(sample, fastp, flagstat)
    verdicts = []
    rows = zip(params.samples, given.coverage, given.on_target, given.flagstat, params.limits, strict=True)
    for sample, coverage, on_target, flagstat, limits in rows:
        is_tumor = sample == snakemake.wildcards.tumor
        contamination = (given.contamination[0], given.pileups[0]) if is_tumor and given.contamination else None
        measured = measure_sample(coverage, on_target, flagstat, contamination)
        verdicts += judge_sample(sample, measured, limits, is_tumor=is_tumor)
    overrides = [Override(**row) for row in params.overrides]
    write_rows(part(snakemake.output[0]), Verdict, let_pass(verdicts, overrides))
