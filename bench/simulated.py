"""The set of the benches of whole runs: a tumour and its normal, reads simulated by wgsim from three human genes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pysam
from machine import human_data

GENES = {"TP53": ("chr17", 7661179, 7688546), "KRAS": ("chr12", 25204646, 25251936), "EGFR": ("chr7", 55018000, 55213000)}
"""Contig and 1-based inclusive extent of what becomes the genome; a contig begins at position 1."""
PAD = 20  # bases around each coding exon that belong to the targets


def make_set(folder: Path, pairs: int) -> None:
    """Genome, annotation, targets, reads, and the config of the run."""
    folder.mkdir(parents=True)
    slices = human_data() / "grch38_slices.fa.gz"
    with pysam.FastxFile(str(slices)) as fasta, open(folder / "genome.fa", "w") as out:
        for entry in fasta:
            contig, start, end = re.fullmatch(r"(\w+):(\d+)-(\d+)", entry.name).groups()
            for chrom, first, last in GENES.values():
                if chrom == contig and int(start) <= first and last <= int(end):
                    out.write(f">{chrom}\n{entry.sequence[first - int(start) : last - int(start) + 1].upper()}\n")
    lines, targets = [], []
    with pysam.BGZFile(str(human_data() / "grch38_slices.gtf.gz")) as gtf:
        for line in gtf:
            cells = line.decode().split("\t")
            gene = re.search(r'gene_name "([^"]+)"', cells[-1])
            if gene and gene[1] in GENES:
                _, first, last = GENES[gene[1]]
                if first <= int(cells[3]) and int(cells[4]) <= last:
                    cells[3:5] = (str(int(cells[n]) - first + 1) for n in (3, 4))
                    lines.append("\t".join(cells))
                    if cells[2] == "CDS":
                        targets.append(f"{cells[0]}\t{int(cells[3]) - 1 - PAD}\t{int(cells[4]) + PAD}\n")
    (folder / "genes.gtf").write_text("\n".join(lines) + "\n")
    assay = folder / "config/assays/bench"
    assay.mkdir(parents=True)
    (assay / "targets.bed").write_text("".join(targets))
    (assay / "assay.yaml").write_text(
        'assay: bench\nversion: "1.0"\ntitle: Three genes\nchemistry: capture\ntargets:\n  GRCh38: targets.bed\n'
    )
    for seed, sample in enumerate(("TUMOUR", "NORMAL"), 11):
        names = [folder / f"{sample}_R{mate}.fastq" for mate in (1, 2)]
        wgsim = ["wgsim", "-N", str(pairs), "-1", "150", "-2", "150", "-e", "0.002", "-r", "0.0003", "-S", str(seed)]
        subprocess.run(
            [*wgsim, folder / "genome.fa", *names], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
        )
        subprocess.run(["gzip", "-1", "-f", *names], check=True)
    (folder / "config/samples.tsv").write_text(
        "sample\tpatient\tkind\ttumor_type\tassay\tpanels\tmaterial\n"
        "TUMOUR\tP1\ttumor\tLUAD\tbench\thotspot50\tfresh\nNORMAL\tP1\tnormal\t\tbench\t\tblood\n"
    )
    units = [f"{s}\tL1\tlib\tFC\t1\t{s}_R1.fastq.gz\t{s}_R2.fastq.gz\n" for s in ("TUMOUR", "NORMAL")]
    (folder / "config/units.tsv").write_text("sample\tunit\tlibrary\tflowcell\tlane\tfq1\tfq2\n" + "".join(units))
    (folder / "config/config.yaml").write_text(
        'reference:\n  preset: ""\n  build: GRCh38\n  fasta: genome.fa\n  gtf: genes.gtf\n'
    )
