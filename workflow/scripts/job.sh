# What the shell of every rule begins with (sourced through shell.prefix in common.smk).
source "${BASH_SOURCE[0]%/*}/stage.sh"

# produce LOG OUTPUT...
# Everything said from here on goes into LOG. The rule writes each OUTPUT as "$part/OUTPUT": in a folder of this attempt
# alone, on the same file system. When the shell ends well, every OUTPUT must be there, not empty and (BAM, bgzip) not cut
# short; then all are moved to their names. Whatever else happens, no OUTPUT gets its name.
# The latest attempt wins: it removes the folder of an earlier one, which may work on where a node only seems dead.
produce() {
    local output job
    exec >"$1" 2>&1
    outputs=("${@:2}")
    mkdir -p results/.part
    job=$(printf '%s\n' "${outputs[@]}" | md5sum)
    job=${job:0:16}
    rm -rf results/.part/*."$job".* || true
    part=$(mktemp -d "results/.part/${TIERLINE_RUN_ID:-run}.$job.XXXXXXXX")
    for output in "${outputs[@]}"; do mkdir -p "$part/$(dirname "$output")"; done
    trap finish EXIT
    trap 'exit 1' HUP INT QUIT PIPE USR1 USR2 XCPU TERM # else bash would end with the code of its last command: 0, perhaps
}

finish() {
    local code=$? output
    kill $(jobs -p) 2>/dev/null || true
    [[ -d $part ]] || superseded
    if ((code == 0)); then
        for output in "${outputs[@]}"; do is_whole "$output" || code=1; done
    fi
    if ((code == 0)); then
        for output in "${outputs[@]}"; do
            mkdir -p "$(dirname "$output")" # Snakemake made it, and may have removed it after another job's failure
            mv --no-target-directory "$part/$output" "$output" || { code=1 && break; }
        done
    fi
    rm -rf "$part"
    exit "$code"
}

# Another attempt has taken over. Snakemake must not tidy up after this one: it would remove what the other has made.
superseded() {
    echo "a later attempt has taken this job over: what this one made is not used"
    [[ -z ${SLURM_JOB_ID:-} ]] || kill -KILL 0
    exit 1
}

is_whole() {
    local file=$part/$1
    if [[ -L $file ]]; then # to a file of the user's; a relative one leads there from its place only
        return 0
    elif [[ ! -e $file ]]; then
        echo "$1: the command ended well, but did not write it"
    elif [[ ! -s $file ]]; then
        echo "$1: the command ended well, but wrote an empty file"
    elif [[ $1 =~ \.(bam|vcf\.gz|bed\.gz|tsv\.gz)$ && $(tail -c 28 "$file" | od -An -v -tx1 | tr -d ' \n') != "$bgzf_end" ]]; then
        echo "$1: the command ended well, but its output is cut short"
    else
        return 0
    fi
    return 1
}
bgzf_end=1f8b08040000000000ff0600424302001b0003000000000000000000 # SAM specification, 4.1.2

# tell_no_odds LOG FILE: where no sample has a read at the SNPs, CrosscheckFingerprints of GATK 4.6 says so, writes no table,
# and ends well. That is no failure of other samples, whose reports wait for this table.
tell_no_odds() {
    if [[ ! -e $2 ]] && grep --quiet "No non-zero results found" "$1"; then
        echo "# no reads at the common SNPs" >"$2"
    fi
}

# count_reads FILE: the reads of a FASTQ, plain or gzipped. Fails, and says so, where the file is damaged or cut short:
# fastp 0.23 ends well then, with the reads that it could make out.
count_reads() {
    local lines
    lines=$(gzip -dcf "$1" | wc -l) || { echo "$1: gzip cannot unpack it; it is damaged or cut short" >&2 && return 1; }
    ((lines % 4 == 0)) || { echo "$1: $lines lines are no whole number of reads" >&2 && return 1; }
    echo $((lines / 4))
}

# count_pairs FASTQ1 FASTQ2: their pairs of reads. Fails where one is damaged or has more reads than the other.
count_pairs() {
    local first second
    first=$(count_reads "$1") && second=$(count_reads "$2") || return 1
    ((first == second)) || { echo "$1 has $first reads, $2 has $second" >&2 && return 1; }
    echo "$first"
}

# expect_pairs NUMBER FASTP_JSON: that fastp has read so many. Takes the folder of this attempt out of what fastp notes of
# its command: two runs write the same.
expect_pairs() {
    local seen
    sed -i "s|$part/||g" "$2"
    seen=$(sed -n '/"read1_before_filtering"/,/total_reads/s/.*"total_reads": *\([0-9]*\).*/\1/p' "$2")
    [[ $seen == "$1" ]] || { echo "the files hold $1 pairs of reads, fastp read $seen" && return 1; }
}

# look_up CALLS POPULATION TAGS CLINVAR TAGS: what resources say of the calls; the VCF with it is then $calls. Of each
# resource the tags that it has are taken, the population's as INFO/POP_<tag>; one that is not there ("") is passed over.
# bcftools wants indexed input.
look_up() {
    calls=$1
    if [[ -n $2 ]]; then add_tags population POP_ "$2" $3; fi
    if [[ -n $4 ]]; then add_tags clinvar "" "$4" $5; fi
}

# add_tags NAME PREFIX RESOURCE TAG...
add_tags() {
    local name=$1 prefix=$2 resource=$3 tag found=()
    for tag in "${@:4}"; do
        if bcftools view -h "$resource" | grep "^##INFO=<ID=$tag," >/dev/null; then
            found+=("INFO/$prefix$tag:=INFO/$tag")
        fi
    done
    bcftools annotate --no-version -a "$resource" -c "$(IFS=, && echo "${found[*]}")" -Oz -o "$part/$name.vcf.gz" "$calls"
    tabix -p vcf "$part/$name.vcf.gz"
    calls=$part/$name.vcf.gz
}
