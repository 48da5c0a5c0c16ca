"""annotate: consensus VCF -> consequence and HGVS (snpEff), population frequency, ClinVar."""

POPULATION_TAGS = ["AF", "AN", "AF_grpmax", "AN_grpmax", "grpmax"]
CLINVAR_TAGS = ["CLNSIG", "CLNREVSTAT", "ONC", "ONCREVSTAT", "ONCDN", "SCI", "SCIREVSTAT", "SCIDN"]


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
    resources:
        mem_mb=memory(2500),
    params:
        population_tags=POPULATION_TAGS,
        clinvar_tags=CLINVAR_TAGS,
        population=lambda wildcards, input: input.population[:1],
        clinvar=lambda wildcards, input: input.clinvar[:1],
        data=lambda wildcards, input: str(Path(input.database).parent),
    shell:
        # Of each resource the tags that it has are taken, the population's as INFO/POP_<tag>. bcftools wants indexed input.
        # Debian's snpEff prints its arguments ahead of the VCF: sed takes them off, and the name of this attempt's folder.
        # Its other summaries, which would lie about the run directory, go with the folder of the attempt.
        """
        produce {log:q} {output:q}
        calls={input.vcf:q}
        add() {{  # resource, columns, name
            bcftools annotate --no-version -a "$1" -c "$2" -Oz -o "$part/$3.vcf.gz" "$calls"
            tabix -p vcf "$part/$3.vcf.gz"
            calls="$part/$3.vcf.gz"
        }}
        columns() {{  # resource, prefix, tags
            local resource=$1 prefix=$2 found=()
            for tag in "${{@:3}}"; do
                if bcftools view -h "$resource" | grep "^##INFO=<ID=$tag," > /dev/null; then
                    found+=("INFO/$prefix$tag:=INFO/$tag")
                fi
            done
            (IFS=,; echo "${{found[*]}}")
        }}
        population={params.population:q} clinvar={params.clinvar:q}
        if [ -n "$population" ]; then
            add "$population" "$(columns "$population" POP_ {params.population_tags})" population
        fi
        if [ -n "$clinvar" ]; then add "$clinvar" "$(columns "$clinvar" "" {params.clinvar_tags})" clinvar; fi
        snpEff ann -Xmx$(({resources.mem_mb} * 8 / 10))m -noLog -nodownload \
            -csvStats $part/{output.csv:q} -htmlStats "$part/stats.html" \
            -c {input.config:q} -dataDir "$(realpath {params.data:q})" -upDownStreamLen 1000 \
            tierline "$calls" |
            sed -e '1{{/^##/!d}}' -e "s|$part/||g" |
            bcftools view --no-version -Oz -o $part/{output.vcf:q} -
        tabix -f -p vcf $part/{output.vcf:q}
        sed -i "s|$part/||g" $part/{output.csv:q}
        """
