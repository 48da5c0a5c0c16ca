"""Whether a run control shows what it must."""

from tierline.controls import judge
from tierline.quality import mapped_reads
from tierline.records import Candidate, Control, ControlVerdict
from tierline.steps import producing
from tierline.tables import read_rows, write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    candidates = [row for path in snakemake.input.ledger for row in read_rows(path, Candidate)]
    controls = [Control(**row) for row in snakemake.params.controls]
    rows = judge(controls, candidates, mapped_reads(snakemake.input.flagstat))
    write_rows(part(snakemake.output[0]), ControlVerdict, rows)
