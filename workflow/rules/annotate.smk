"""annotate: consensus VCF -> consequence and HGVS (snpEff), population frequency, ClinVar."""

POPULATION_TAGS = ["AF", "AN", "AF_grpmax", "AN_grpmax", "grpmax"]


rule annotate_calls:
    input:
        vcf="results/consensus/{tumor}.vcf.gz",
        tbi="results/consensus/{tumor}.vcf.gz.tbi",
        config=rules.build_snpeff_database.output.config,
        database=rules.build_snpeff_database.output.database,
        population=with_index(REFERENCE["population_vcf"]),
        clinvar=with_index(REFERENCE["clinvar_vcf"]),
    output:
        vcf="results/annotate/{tumor}.vcf.gz",
        tbi="results/annotate/{tumor}.vcf.gz.tbi",
        csv="results/annotate/{tumor}.snpeff.csv",
    log:
        "logs/annotate_calls/{tumor}.log",
    benchmark:
        "benchmarks/annotate_calls/{tumor}.tsv"
    conda:
        "../../envs/snpeff.yaml"
    params:
        tags=POPULATION_TAGS,
        data=lambda wildcards, input: str(Path(input.database).parent.parent),
    resources:
        mem_mb=memory(2500),
    shell:
        # of the population file the tags that it has are taken, as INFO/POP_<tag>
        """
        exec 2> {log:q}
        add_population() {{
            if [ -z {input.population:q} ]; then cat; return; fi
            local vcf=$1 columns=() tag
            for tag in {params.tags}; do
                if bcftools view -h "$vcf" | grep -q "^##INFO=<ID=$tag,"; then columns+=("INFO/POP_$tag:=INFO/$tag"); fi
            done
            bcftools annotate -a "$vcf" -c "$(IFS=,; echo "${{columns[*]}}")" -
        }}
        add_clinvar() {{
            if [ -z {input.clinvar:q} ]; then cat; return; fi
            bcftools annotate -a "$1" -c INFO/CLNSIG,INFO/CLNREVSTAT -
        }}
        snpEff ann -Xmx$(({resources.mem_mb} * 8 / 10))m -noLog -nodownload -noStats -csvStats {output.csv:q} \
            -c {input.config:q} -dataDir "$(realpath {params.data:q})" -upDownStreamLen 1000 \
            tierline {input.vcf:q} |
            add_population {input.population:q} |
            add_clinvar {input.clinvar:q} |
            bcftools view -Oz -o {output.vcf:q} -
        tabix -f -p vcf {output.vcf:q}
        """
