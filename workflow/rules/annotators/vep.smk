"""annotate by VEP (annotate.tool: vep): on the genes near the targets, or on a cache; never on the network.

VEP's environment holds its own htslib, so that what bcftools looks up is a rule of its own.
"""

SORTED_GENES = "results/reference/genes.gtf.gz"
ANNOTATION_STATISTICS = "results/annotate/{tumor}.vep.txt"
VEP_CACHE, VEP_CACHE_VERSION = (PROJECT.config["annotate"][key] for key in ("vep_cache", "vep_cache_version"))


rule index_annotation:
    """The gene models as VEP reads them: sorted, compressed, indexed."""
    input:
        GENES,
    output:
        gtf=SORTED_GENES,
        tbi=f"{SORTED_GENES}.tbi",
    log:
        "logs/index_annotation.log",
    conda:
        "../../../envs/bcftools.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    shell:
        """
        produce {log:q} {output:q}
        grep -v '^#' {input:q} | LC_ALL=C sort -t $'\\t' -k1,1 -k4,4n -k5,5n | bgzip -c > $part/{output.gtf:q}
        tabix -f -p gff $part/{output.gtf:q}
        """


rule look_up_resources:
    input:
        vcf="results/consensus/{tumor}.vcf.gz",
        tbi="results/consensus/{tumor}.vcf.gz.tbi",
        population=with_index(REFERENCE["population_vcf"]),
        clinvar=with_index(REFERENCE["clinvar_vcf"]),
    output:
        vcf=temp("results/annotate/{tumor}.resources.vcf.gz"),
    log:
        "logs/look_up_resources/{tumor}.log",
    benchmark:
        "benchmarks/look_up_resources/{tumor}.tsv"
    conda:
        "../../../envs/bcftools.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    params:
        population_tags=POPULATION_TAGS,
        clinvar_tags=CLINVAR_TAGS,
        population=lambda wildcards, input: input.population[:1],
        clinvar=lambda wildcards, input: input.clinvar[:1],
    shell:
        """
        produce {log:q} {output:q}
        population={params.population:q} clinvar={params.clinvar:q}
        look_up {input.vcf:q} "$population" "{params.population_tags}" "$clinvar" "{params.clinvar_tags}"
        bcftools view --no-version -Oz -o $part/{output.vcf:q} "$calls"
        """


rule annotate_calls:
    input:
        vcf="results/annotate/{tumor}.resources.vcf.gz",
        fasta=GENOME,
        fai=f"{GENOME}.fai",
        models=[] if VEP_CACHE else with_index(SORTED_GENES),
    output:
        vcf="results/annotate/{tumor}.vcf.gz",
        tbi="results/annotate/{tumor}.vcf.gz.tbi",
        statistics=ANNOTATION_STATISTICS,
    log:
        "logs/annotate_calls/{tumor}.log",
    benchmark:
        "benchmarks/annotate_calls/{tumor}.tsv"
    conda:
        "../../../envs/vep.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(60),
    params:
        models=vep_models(VEP_CACHE, VEP_CACHE_VERSION, REFERENCE["build"], SORTED_GENES),
    shell:
        """
        produce {log:q} {output:q}
        vep \
            --offline \
            {params.models:q} \
            --fasta {input.fasta:q} \
            --format vcf \
            --input_file {input.vcf:q} \
            --vcf \
            --output_file STDOUT \
            --symbol \
            --numbers \
            --hgvs \
            --no_escape \
            --transcript_version \
            --allele_number \
            --distance 1000 \
            --stats_text \
            --stats_file $part/{output.statistics:q} |
            sed -e "s|$part/||g" |
            bgzip -c > $part/{output.vcf:q}
        tabix -f -p vcf $part/{output.vcf:q}
        sed -i "s|$part/||g" $part/{output.statistics:q}
        """
