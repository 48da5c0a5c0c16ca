"""The findings of a case as MAF: the columns of the GDC's protected MAF in their order, then Tierline's own.

Columns: GDC MAF Format v1.0.0 (docs.gdc.cancer.gov/Data/File_Formats/MAF_Format, NCI-GDC/gdc-docs 4f1d6d70); the first 46
are those of vcf2maf (mskcc/vcf2maf 17feed0a), from which positions, types and classes follow: alleles without the bases
that they share at the start, ``-`` for none; the class of the most severe consequence. What the case file does not hold
is left empty: no number is made up. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tierline.case import Case, ranked
from tierline.hgvs import ONE
from tierline.records import Finding
from tierline.tables import format_value

GDC = """
Hugo_Symbol Entrez_Gene_Id Center NCBI_Build Chromosome Start_Position End_Position Strand Variant_Classification
Variant_Type Reference_Allele Tumor_Seq_Allele1 Tumor_Seq_Allele2 dbSNP_RS dbSNP_Val_Status Tumor_Sample_Barcode
Matched_Norm_Sample_Barcode Match_Norm_Seq_Allele1 Match_Norm_Seq_Allele2 Tumor_Validation_Allele1
Tumor_Validation_Allele2 Match_Norm_Validation_Allele1 Match_Norm_Validation_Allele2 Verification_Status
Validation_Status Mutation_Status Sequencing_Phase Sequence_Source Validation_Method Score BAM_File Sequencer
Tumor_Sample_UUID Matched_Norm_Sample_UUID HGVSc HGVSp HGVSp_Short Transcript_ID Exon_Number t_depth t_ref_count
t_alt_count n_depth n_ref_count n_alt_count all_effects
Allele Gene Feature Feature_type One_Consequence Consequence cDNA_position CDS_position Protein_position Amino_acids
Codons Existing_variation ALLELE_NUM DISTANCE TRANSCRIPT_STRAND SYMBOL SYMBOL_SOURCE HGNC_ID BIOTYPE CANONICAL CCDS
ENSP SWISSPROT TREMBL UNIPARC RefSeq SIFT PolyPhen EXON INTRON DOMAINS GMAF AFR_MAF AMR_MAF ASN_MAF EAS_MAF EUR_MAF
SAS_MAF AA_MAF EA_MAF CLIN_SIG SOMATIC PUBMED MOTIF_NAME MOTIF_POS HIGH_INF_POS MOTIF_SCORE_CHANGE IMPACT PICK
VARIANT_CLASS TSL HGVS_OFFSET PHENO MINIMISED ExAC_AF ExAC_AF_Adj ExAC_AF_AFR ExAC_AF_AMR ExAC_AF_EAS ExAC_AF_FIN
ExAC_AF_NFE ExAC_AF_OTH ExAC_AF_SAS GENE_PHENO FILTER CONTEXT src_vcf_id tumor_bam_uuid normal_bam_uuid case_id
GDC_FILTER COSMIC MC3_Overlap GDC_Validation_Status GDC_Valid_Somatic vcf_region vcf_info vcf_format vcf_tumor_gt
vcf_normal_gt
""".split()
OWN = {
    "t_vaf": "variant allele fraction, 0-1",
    "tierline_tier": "see Tiers",
    "tierline_level": "see Levels",
    "tierline_axis": "what the best evidence speaks about",
    "tierline_rule": "see Rules of the tiers",
    "tierline_evidence": "ids of the facts that carry the tier",
    "tierline_therapies": "as in `findings.tsv`",
    "tierline_oncogenicity": "see Oncogenicity criteria",
    "tierline_labels": "see Labels",
    "tierline_loci": "hotspots of the panel that it touches",
    "tierline_callers": "callers that passed it",
    "tierline_population_af": "highest frequency of a population group; empty: not looked up, 0: absent there",
    "tierline_engine_tier": "the engine's own tier where a reviewer has set another",
    "tierline_status": "DRAFT, FINAL or AMENDED",
    "tierline_panel": "panel and version",
}
COLUMNS = (*GDC, *OWN)
CHROMOSOMES = ("genome", "chr", "plain")
"""How chromosomes are written: as the genome in use has them, as chr1, or as 1."""

SEVERITY = (  # rank, class, Sequence Ontology terms: those of one rank stay in the annotator's order
    (1, "Splice_Site", "transcript_ablation exon_loss_variant"),
    (2, "Splice_Site", "splice_donor_variant splice_acceptor_variant"),
    (3, "Nonsense_Mutation", "stop_gained"),
    (3, "Frame_Shift", "frameshift_variant"),
    (3, "Nonstop_Mutation", "stop_lost"),
    (4, "Translation_Start_Site", "start_lost initiator_codon_variant"),
    (5, "In_Frame_Ins", "inframe_insertion disruptive_inframe_insertion conservative_inframe_insertion"),
    (5, "In_Frame_Del", "inframe_deletion disruptive_inframe_deletion conservative_inframe_deletion"),
    (5, "In_Frame", "protein_altering_variant"),
    (6, "Missense_Mutation", "missense_variant rare_amino_acid_variant"),
    (8, "Splice_Region", "splice_region_variant"),
    (9, "Silent", "stop_retained_variant synonymous_variant"),
    (11, "Missense_Mutation", "coding_sequence_variant"),
    (12, "5'UTR", "5_prime_UTR_variant 5_prime_UTR_premature_start_codon_gain_variant"),
    (12, "3'UTR", "3_prime_UTR_variant"),
    (13, "RNA", "non_coding_transcript_exon_variant"),
    (14, "RNA", "non_coding_transcript_variant"),
    (14, "Intron", "intron_variant"),
    (16, "5'Flank", "upstream_gene_variant"),
    (16, "3'Flank", "downstream_gene_variant"),
    (19, "IGR", "intergenic_region intergenic_variant"),
)
RANKS = {term: rank for rank, _, terms in SEVERITY for term in terms.split()}
CLASSES = {term: name for _, name, terms in SEVERITY for term in terms.split()}
OTHER = "Targeted_Region"


def maf_text(case: Case, chromosomes: str = "genome") -> str:
    """The MAF of a case: every finding that was measured, in report order. ``chromosomes`` is one of CHROMOSOMES."""
    findings = [item.finding for item in ranked(case.findings)]
    stated = sum(bool(finding.stated) for finding in findings)
    head = [
        "#version 2.4",
        f"#Tierline {case.tierline_version}" + (", SYNTHETIC data" if case.synthetic else ""),
        f"#case {case.sample.sample}.{case.panel.id}, {case.status}, panel {case.panel.version} {case.panel.digest}",
        f"#not here: {stated} stated by the laboratory and not measured, {len(case.withheld)} held back by the reviewer",
    ]
    rows = (_row(finding, case, chromosomes) for finding in findings if not finding.stated)
    lines = ("\t".join(format_value(row.get(name)) for name in COLUMNS) for row in rows)
    return "\n".join([*map(format_value, head), "\t".join(COLUMNS), *lines, ""]).replace('"', "'")  # R pairs quotes


def _row(f: Finding, case: Case, chromosomes: str) -> dict[str, object]:
    start1, end1, ref, alt, kind = placed(f.pos1, f.ref, f.alt)
    terms = by_severity(f.consequence)
    return {
        "Hugo_Symbol": f.gene or "Unknown",
        "Entrez_Gene_Id": 0,  # by both sources: none is known
        "Center": ".",
        "NCBI_Build": case.reference.build,
        "Chromosome": chromosome(f.chrom, chromosomes),
        "Start_Position": start1,
        "End_Position": end1,
        "Strand": "+",
        "Variant_Classification": classification(terms, kind, (len(f.alt) - len(f.ref)) % 3 == 0),
        "Variant_Type": kind,
        "Reference_Allele": ref,
        "Tumor_Seq_Allele1": ref,  # no genotype is called
        "Tumor_Seq_Allele2": alt,
        "Tumor_Sample_Barcode": case.sample.sample,
        "Matched_Norm_Sample_Barcode": case.normal,
        "Validation_Status": "Untested",
        "Mutation_Status": mutation_status(f, case),
        "HGVSc": f.hgvsc,
        "HGVSp": f.hgvsp,
        "HGVSp_Short": short_protein(f.hgvsp),
        "Transcript_ID": f.transcript,
        "Exon_Number": f.exon,
        "t_depth": f.depth,
        "t_alt_count": f.alt_depth,
        "n_depth": f.normal_depth,
        "n_alt_count": f.normal_alt_depth,
        "Allele": alt,
        "Feature": f.transcript,
        "Feature_type": "Transcript" if f.transcript else "",
        "One_Consequence": terms[0] if terms else "",
        "Consequence": ",".join(terms),
        "SYMBOL": f.gene,
        "EXON": f.exon,
        "CLIN_SIG": f.clinvar.partition("|")[0],
        "FILTER": "PASS",
        "vcf_region": f"{f.chrom}:{f.pos1}:.:{f.ref}:{f.alt}",
        "t_vaf": f.vaf,
        "tierline_tier": f.tier,
        "tierline_level": f.level,
        "tierline_axis": f.axis,
        "tierline_rule": f.rule,
        "tierline_evidence": f.evidence,
        "tierline_therapies": f.therapies,
        "tierline_oncogenicity": f.oncogenicity,
        "tierline_labels": f.labels,
        "tierline_loci": f.locus_ids,
        "tierline_callers": f.callers,
        "tierline_population_af": f.population_af,
        "tierline_engine_tier": f.engine_tier,
        "tierline_status": f.status,
        "tierline_panel": f"{case.panel.id} {case.panel.version}",
    }


def placed(pos1: int, ref: str, alt: str) -> tuple[int, int, str, str, str]:
    """Start, end (1-based, inclusive), reference and tumour allele, and type of an allele of a VCF.

    An insertion lies between two bases: its start is the base before it, its end the one behind it.
    """
    while ref and alt and ref[0] == alt[0]:
        ref, alt, pos1 = ref[1:], alt[1:], pos1 + 1
    if len(ref) == len(alt):
        return pos1, pos1 + len(ref) - 1, ref, alt, {1: "SNP", 2: "DNP", 3: "TNP"}.get(len(ref), "ONP")
    if not ref:
        return pos1 - 1, pos1, "-", alt, "INS"
    return pos1, pos1 + len(ref) - 1, ref, alt or "-", "INS" if len(alt) > len(ref) else "DEL"


def by_severity(consequence: str) -> list[str]:
    """The terms of a consequence (joined by &), the most severe first; those that are not known come last."""
    return sorted(filter(None, consequence.split("&")), key=lambda term: RANKS.get(term, 20))


def classification(terms: Sequence[str], kind: str, in_frame: bool) -> str:
    """``Variant_Classification`` of the first of the ``terms``; ``kind`` is the ``Variant_Type``."""
    found = CLASSES.get(terms[0], OTHER) if terms else OTHER
    if found == "In_Frame" and not in_frame:
        found = "Frame_Shift"
    if found in ("In_Frame", "Frame_Shift"):
        return {"INS": f"{found}_Ins", "DEL": f"{found}_Del"}.get(kind, OTHER)
    return found


def short_protein(hgvsp: str) -> str:
    """``p.Val600Glu`` as ``p.V600E``."""
    return re.sub("|".join(ONE), lambda found: ONE[found[0]], hgvsp)


def mutation_status(finding: Finding, case: Case) -> str:
    """``Somatic`` only where a normal was seen deep enough and does not have it."""
    if "germline" in finding.labels:
        return "Germline"
    unknown = not case.normal or finding.normal_depth is None or "normal_not_assessable" in finding.labels
    return "Unknown" if unknown else "Somatic"


def chromosome(name: str, style: str) -> str:
    """A contig in the style asked for; only chromosomes are renamed (chr1-chr22, chrX, chrY, chrM or MT)."""
    found = re.fullmatch(r"(?:chr)?([1-9]|1\d|2[0-2]|X|Y|M|MT)", name)
    if style == "genome" or not found:
        return name
    mitochondrial = found[1] in ("M", "MT")
    if style == "chr":
        return "chrM" if mitochondrial else f"chr{found[1]}"
    return "MT" if mitochondrial else found[1]
