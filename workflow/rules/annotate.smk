"""annotate: consensus VCF -> population frequency, ClinVar, then consequence and HGVS by one annotator of annotators/."""

POPULATION_TAGS = ["AF", "AN", "AF_grpmax", "AN_grpmax", "grpmax"]
CLINVAR_TAGS = ["CLNSIG", "CLNREVSTAT", "ONC", "ONCREVSTAT", "ONCDN", "SCI", "SCIREVSTAT", "SCIDN"]

# What both annotators begin with: of each resource the tags that it has are taken, the population's as INFO/POP_<tag>.
# bcftools wants indexed input. The calls with what was found are then $calls.
LOOK_UP = """
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
"""


include: f"annotators/{PROJECT.config['annotate']['tool']}.smk"
