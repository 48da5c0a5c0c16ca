"""calls: BAM(s) -> one VCF per caller and tumour. A caller is one file in callers/ and one module of its name."""

CALLERS = PROJECT.config["callers"]

for caller in CALLERS:

    include: f"callers/{caller}.smk"
