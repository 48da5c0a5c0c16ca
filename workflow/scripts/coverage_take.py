"""Depth of every base of the targets from the coverage file of another pipeline."""

from pathlib import Path

import pysam
from tierline.assays import read_bed
from tierline.coveragefiles import KINDS, read_kind, spans, target_depths
from tierline.givencalls import sha256_of
from tierline.records import Source
from tierline.steps import producing
from tierline.tables import write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    path, callable_depth = Path(snakemake.input.coverage), snakemake.params.callable_depth
    kind = read_kind(path)
    found = spans(path, kind, snakemake.wildcards.sample, callable_depth, tuple(snakemake.params.columns))
    table = part(snakemake.output.tsv)
    with pysam.BGZFile(str(table), "wb") as out:
        for chrom, pos1, depth in target_depths(read_bed(snakemake.input.targets), found):
            out.write(f"{chrom}\t{pos1}\t{depth}\t{depth}\n".encode())
    pysam.tabix_index(str(table), seq_col=0, start_col=1, end_col=1, force=True)
    source = Source(path.name, "coverage", kind, "", "", callable_depth, sha256_of(path))
    write_rows(part(snakemake.output.sources), Source, [source])
    print(f"{path} is {KINDS[kind]}")
