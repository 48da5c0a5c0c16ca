"""What each sample has cost, for the dashboard and as a table."""

from pathlib import Path

from tierline.cost import sample_costs
from tierline.dashboard import cost_table
from tierline.records import SampleCost
from tierline.steps import producing
from tierline.tables import write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    made = snakemake.output
    costs = sample_costs(Path(), snakemake.params.samples)
    write_rows(part(made.table), SampleCost, costs)
    part(made.costs).write_text(cost_table(costs), encoding="utf-8")
