"""What a panel asks of an assay beside what it owes an answer for: introns of fusion genes, and a backbone of SNPs.

No stage reads the introns for rearrangements yet. The backbone serves identity and contamination, where an assay names the
panel as its ``backbone``.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

import pysam

from tierline.annotation import Fetch, Transcript
from tierline.assays import Target, bases_inside
from tierline.panels import Panel
from tierline.records import PanelIntron, PanelSnp

Asked = Sequence[tuple[str, Target]]
"""Names and places of what is asked, 0-based half-open."""


def asked_beside(panel: Panel, build: str, contigs: Container[str]) -> Asked:
    """The introns and the backbone of a panel on a genome whose contigs are named so; others are left out."""
    introns = ((f"{row.gene}:intron", row.chrom, row.start0, row.end0) for row in panel.introns_on(build))
    snps = (("snp", row.chrom, row.pos1 - 1, row.pos1) for row in panel.snps_on(build))
    placed = ((name, on_contig(chrom, contigs), start0, end0) for name, chrom, start0, end0 in (*introns, *snps))
    return [(name, (chrom, start0, end0)) for name, chrom, start0, end0 in placed if chrom]


def intron_faults(introns: Iterable[PanelIntron], models: Mapping[str, Transcript]) -> Iterator[tuple[PanelIntron, str]]:
    """Introns that lie outside their gene, with the reason in words; of a gene that the annotation lacks none is told."""
    for row in introns:
        if model := models.get(row.gene):
            first, last = min(model.exons)[0], max(model.exons)[1]
            if not (on_contig(row.chrom, {model.chrom}) and first <= row.start0 and row.end0 <= last):
                yield row, f"{row.gene} lies at {model.chrom}:{first + 1}-{last} in the annotation"


def on_contig(name: str, contigs: Container[str]) -> str:
    """The contig as the genome in use names it, with or without ``chr``; "" where it has none such."""
    spellings = (name, f"chr{name}", name.removeprefix("chr"))
    return next((spelling for spelling in spellings if spelling in contigs), "")


def snp_faults(snps: Iterable[PanelSnp], contigs: Container[str], fetch: Fetch) -> Iterator[tuple[PanelSnp, str]]:
    """SNPs whose reference base is another one in the genome, with the reason in words."""
    for snp in snps:
        if chrom := on_contig(snp.chrom, contigs):
            found = fetch(chrom, snp.pos1 - 1, snp.pos1).upper()
            if found not in (snp.ref, "N"):
                yield snp, f"the base is {found or 'none'} in the genome, {snp.ref} in the panel"


def beside_covered(asked: Asked, targets: tuple[Target, ...]) -> str:
    """In words, how many introns and SNPs lie whole in the targets of an assay; "" where none is asked."""
    words = []
    for one, more, of_snps in (("intron", "introns", False), ("common SNP", "common SNPs", True)):
        places = [place for name, place in asked if (name == "snp") == of_snps]
        inside = sum(bases_inside([place], targets) == place[2] - place[1] for place in places)
        if places:
            words.append(f"{inside} of {len(places)} {one if len(places) == 1 else more}")
    return " and ".join(words)


def write_sites(path: str, snps: Iterable[PanelSnp], contigs: Mapping[str, int]) -> int:
    """Write a backbone as a bgzipped, indexed VCF with ``INFO/AF``, as GATK reads common sites; how many there are.

    ``contigs`` are the genome's, with their lengths; a SNP beyond them is left out.
    """
    header = pysam.VariantHeader()
    for name, length in contigs.items():
        header.contigs.add(name, length=length)
    header.info.add("AF", "A", "Float", "Frequency of the allele in the population, 0-1")
    order = {name: rank for rank, name in enumerate(contigs)}
    placed = [(on_contig(snp.chrom, contigs), snp) for snp in snps]
    placed = [(chrom, snp) for chrom, snp in placed if chrom and snp.pos1 <= contigs[chrom]]
    with pysam.VariantFile(path, "wz", header=header) as vcf:
        for chrom, snp in sorted(placed, key=lambda pair: (order[pair[0]], pair[1].pos1)):
            start0, alleles = snp.pos1 - 1, (snp.ref, snp.alt)
            vcf.write(header.new_record(chrom, start0, start0 + 1, alleles, filter="PASS", info={"AF": (snp.frequency,)}))
    pysam.tabix_index(path, preset="vcf", force=True)
    return len(placed)
