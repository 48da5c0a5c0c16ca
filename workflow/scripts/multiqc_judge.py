"""Quality metrics of a tumour and its normal, each against the limits of its assay."""

from tierline.quality import judge_sample
from tierline.records import Verdict
from tierline.steps import logged
from tierline.tables import write_rows

with logged(snakemake.log[0]):
    given = snakemake.input
    rows = zip(
        snakemake.params.samples, given.coverage, given.on_target, given.flagstat, snakemake.params.limits, strict=True
    )
    verdicts = [verdict for row in rows for verdict in judge_sample(*row)]
    write_rows(snakemake.output[0], Verdict, verdicts)
