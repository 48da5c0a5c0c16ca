"""The versions of the tools of this run."""

from tierline.records import ToolVersion
from tierline.steps import logged
from tierline.tables import write_rows
from tierline.tools import find_tools

with logged(snakemake.log[0]):
    write_rows(snakemake.output[0], ToolVersion, find_tools())
