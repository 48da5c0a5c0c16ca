"""What the codes mean that filtering gives a candidate: technical reasons and biological labels; and that of a failure."""

TECHNICAL = {
    "no_counts": "the VCF states no depth and alternate reads for it: no threshold can be held against it",
    "low_depth": "fewer usable fragments than the panel believes",
    "low_alt_reads": "fewer alternate fragments than the panel's threshold",
    "low_vaf": "allele fraction below the panel's threshold",
    "strand_bias": "alternate fragments on one strand where the reference has both",
    "in_normal": "seen in the matched normal",
    "not_annotated": "at a hotspot, but the annotator names no change of its gene",
    "artefact": "a caller's own model calls it an artefact (its filters follow the colon)",
    "not_passed": "no caller passed it (their filters follow the colon)",
}
FAILED_QC = "failed_qc"
"""Reason of loci, holes and candidates of which nothing may be said since the sample failed."""
ASIDE = {FAILED_QC: "the sample failed quality control; in the case file and what is made from it, not in the ledger"}
"""Technical reasons that filtering does not give."""
LABELS = {
    "likely_germline": "tumour-only: frequent in the population, or germline by a caller's model; confirm in normal tissue",
    "germline": "present in the matched normal; shown with consent",
    "common_in_population": "frequency of at least 1 % in a population group",
    "benign_clinvar": "benign or likely benign in ClinVar",
    "clonal_haematopoiesis_gene": "tumour-only, in a gene of clonal haematopoiesis: may come from blood cells",
    "one_caller": "called by one caller only",
    "normal_not_assessable": "too few usable fragments in the normal to call it somatic",
    "other_transcript": "named on another transcript than the reported one: numbers may differ",
    "annotator_differs": "the annotator names another protein change than the sequence gives: have it looked at",
    "unphased_neighbour": "another substitution within two bases; the VCF does not say whether on the same haplotype: "
    "together they may change the protein otherwise",
    "near_limit": "allele fraction below the limit of detection that the panel claims",
}
