"""annotate: consensus VCF -> population frequency, ClinVar, then consequence and HGVS by one annotator of annotators/."""

POPULATION_TAGS = ["AF", "AN", "AF_grpmax", "AN_grpmax", "grpmax"]
CLINVAR_TAGS = ["CLNSIG", "CLNREVSTAT", "ONC", "ONCREVSTAT", "ONCDN", "SCI", "SCIREVSTAT", "SCIDN"]


include: f"annotators/{PROJECT.config['annotate']['tool']}.smk"
