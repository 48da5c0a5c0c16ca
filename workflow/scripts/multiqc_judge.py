"""Quality metrics of a tumour and its normal, each against the limits of its assay."""

from tierline.quality import judge_sample, verify_reads
from tierline.records import Verdict
from tierline.steps import producing
from tierline.tables import write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    given = snakemake.input
    rows = zip(
        snakemake.params.samples, given.coverage, given.on_target, given.flagstat, snakemake.params.limits, strict=True
    )
    for sample, fastp, flagstat in zip(snakemake.params.samples, snakemake.params.fastp, given.flagstat, strict=True):
        if fastp:
            verify_reads(sample, fastp, flagstat)
    verdicts = []
    for row in rows:
        is_tumor = row[0] == snakemake.wildcards.tumor
        measured = given.contamination[0] if is_tumor and given.contamination else None
        verdicts += judge_sample(*row, contamination=measured, is_tumor=is_tumor)
    write_rows(part(snakemake.output[0]), Verdict, verdicts)
