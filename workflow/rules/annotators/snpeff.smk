"""annotate by snpEff: a database of the genes near the targets, built from the annotation in use."""

ANNOTATION_STATISTICS = "results/annotate/{tumor}.snpeff.csv"


rule annotate_calls:
    input:
        vcf="results/consensus/{tumor}.vcf.gz",
        tbi="results/consensus/{tumor}.vcf.gz.tbi",
        config=SNPEFF_CONFIG,
        database=SNPEFF_DATABASE,
        population=with_index(REFERENCE["population_vcf"]),
        clinvar=with_index(REFERENCE["clinvar_vcf"]),
    output:
        vcf="results/annotate/{tumor}.vcf.gz",
        tbi="results/annotate/{tumor}.vcf.gz.tbi",
        csv=ANNOTATION_STATISTICS,
    log:
        "logs/annotate_calls/{tumor}.log",
    benchmark:
        "benchmarks/annotate_calls/{tumor}.tsv"
    conda:
        "../../../envs/snpeff.yaml"
    resources:
        mem_mb=memory(2500),
        runtime=minutes(30),
    params:
        population_tags=POPULATION_TAGS,
        clinvar_tags=CLINVAR_TAGS,
        population=lambda wildcards, input: input.population[:1],
        clinvar=lambda wildcards, input: input.clinvar[:1],
        data=lambda wildcards, input: str(Path(input.database).parent),
    shell:
        # Debian's snpEff prints its arguments ahead of the VCF: sed takes them off, and the name of this attempt's folder.
        # Its other summaries, which would lie about the run directory, go with the folder of the attempt.
        """
        produce {log:q} {output:q}
        population={params.population:q} clinvar={params.clinvar:q}
        look_up {input.vcf:q} "$population" "{params.population_tags}" "$clinvar" "{params.clinvar_tags}"
        snpEff ann -Xmx$(({resources.mem_mb} * 8 / 10))m -noLog -nodownload \
            -csvStats $part/{output.csv:q} -htmlStats "$part/stats.html" \
            -c {input.config:q} -dataDir "$(realpath {params.data:q})" -upDownStreamLen 1000 \
            tierline "$calls" |
            sed -e '1{{/^##/!d}}' -e "s|$part/||g" |
            bcftools view --no-version -Oz -o $part/{output.vcf:q} -
        tabix -f -p vcf $part/{output.vcf:q}
        sed -i "s|$part/||g" $part/{output.csv:q}
        """
