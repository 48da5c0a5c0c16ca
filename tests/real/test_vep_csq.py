"""The reader of VEP's CSQ on calls that VEP 95 annotated (GRCh38): against our own gene models, and against itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pysam
import pytest
from Bio.Seq import Seq
from test_notation import SHARED, Gene, genes  # noqa: F401
from tierline.annotation import base_id
from tierline.filters import silent_terms
from tierline.hgvs import parse_protein
from tierline.naming import name_change
from tierline.paths import RESOURCES
from tierline.records import Effect
from tierline.vcfio import effects_of

VCF = SHARED / "vcf" / "pVACtools_input_somatic.vep.vcf.gz"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not VCF.is_file(), reason=f"no shared data at {SHARED}"),
]
MEANING = {"nonsense": "stop_gained", "missense": "missense_variant", "synonymous": "synonymous_variant"}


def effects() -> Iterator[tuple[pysam.VariantRecord, str, Effect]]:
    """Each record with the text of each of its items and what the reader makes of it."""
    with pysam.VariantFile(str(VCF)) as vcf:
        for record in vcf:
            texts = record.info["CSQ"]
            read = effects_of(record)
            assert len(read) <= len(texts)
            for effect in read:
                [text] = {t for t in texts if t.split("|")[6] == effect.transcript}
                yield record, text, effect


def our_exon(found: Gene, pos0: int) -> str:
    """The exon of a base as VEP counts: along the transcript, "5/11"; "" in an intron."""
    exons = sorted(found.reading.model.exons, reverse=found.reading.model.strand < 0)
    return next((f"{n}/{len(exons)}" for n, (start0, end0) in enumerate(exons, 1) if start0 <= pos0 < end0), "")


def test_every_record_on_our_gene_models_is_as_we_see_it(genes: dict[str, Gene]) -> None:  # noqa: F811
    counts: Counter[str] = Counter()
    for record, _, effect in effects():
        found = genes.get(effect.gene)
        if found is None:
            counts["skipped: the gene is not in the GTF"] += 1
            continue
        if base_id(effect.transcript) != found.reading.model.transcript:
            counts["skipped: another transcript of a gene of the GTF"] += 1
            continue
        assert record.chrom == found.chrom
        naming = name_change(found.reading, record.pos - found.start0, record.ref, record.alts[0])
        assert naming.protein is not None
        assert effect.consequence == MEANING[naming.protein.kind]
        assert effect.exon == our_exon(found, record.pos - 1 - found.start0)
        assert parse_protein(effect.hgvsp).same_as(naming.protein), "residue and amino acids, VEP gave no HGVS"
        counts["compared: consequence, exon, residue and amino acids"] += 1
    with pysam.VariantFile(str(VCF)) as vcf:
        counts["skipped: on no transcript"] = sum(not effects_of(record) for record in vcf)
    print(dict(counts))
    assert counts["compared: consequence, exon, residue and amino acids"] >= 2
    assert counts.total() == 2734


def test_every_replaced_residue_is_what_its_codons_say() -> None:
    """Without HGVS the reader makes the protein change of one residue itself; the codons say the same."""
    counts: Counter[str] = Counter()
    for _, text, effect in effects():
        cells = text.split("|")
        consequence, position, codons = cells[1], cells[14], cells[16]
        assert (effect.consequence, effect.gene, effect.exon) == (consequence, cells[3], cells[8])
        assert effect.hgvsc == ""
        old, _, new = codons.upper().partition("/")
        if not re.search("missense|synonymous|stop_gained|stop_lost", consequence) or len(old) != 3 or len(new) != 3:
            assert not effect.hgvsp or "start_lost" in consequence, (consequence, codons, effect.hgvsp)
            counts["skipped: not one residue for another"] += 1
            continue
        change = parse_protein(effect.hgvsp)
        residues = [str(Seq(codon).translate()) for codon in (old, new)]
        assert str(change.start) == position
        assert change.short == f"{residues[0]}{position}{residues[1] if residues[0] != residues[1] else '='}"
        counts["compared"] += 1
    print(dict(counts))
    assert counts["compared"] >= 500


def test_every_term_of_vep_is_in_the_table_of_consequences() -> None:
    """A term that is not in the table is reportable: an intron of a transcript under decay must not be."""
    known = {line.split("\t")[0] for line in (RESOURCES / "knowledge/consequences.tsv").read_text().splitlines()}
    terms = {term for _, _, effect in effects() for term in effect.consequence.split("&")}
    assert len(terms) >= 10 and terms <= known, terms - known
    silent = silent_terms(RESOURCES / "knowledge/consequences.tsv")
    assert {"intron_variant", "NMD_transcript_variant", "intergenic_variant"} <= silent
    assert not {"missense_variant", "splice_donor_variant", "protein_altering_variant"} & silent
