#!/usr/bin/env bash
# Sets Tierline up in this checkout; `make setup`, `make demo` and `make test` call it. Run again, it does only what is missing.
# `envs/setup.sh umi` (make setup-umi) builds fgumi besides, for assays with UMIs: it needs Rust.
# `envs/setup.sh packages` prints the Debian packages that a bare machine lacks once it has GATK (`tierline bundle`).
#
# TIERLINE_TOOLS=conda|path  choose where the tools come from (default: conda where it is found, else PATH and Debian packages)
# TIERLINE_CACHE=<folder>    where GATK is kept for all checkouts of this user (default: ~/.cache/tierline)
set -euo pipefail
self=$(readlink -f "${BASH_SOURCE[0]}")
root=$(dirname "$(dirname "$self")")
cd "$root"

uv_version=0.13.9
gatk_version=4.6.2.0
fgumi_version=0.9.0
min_rust=1.93 # of fgumi
min_conda=24.7.1 # the oldest that Snakemake 9.27 accepts
cache=${TIERLINE_CACHE:-${XDG_CACHE_HOME:-${HOME:-$root}/.cache}/tierline}
gatk_lib=$cache/gatk-$gatk_version/lib

# What an earlier set-up put into .venv must not count as found on this machine.
PATH=$(tr ':' '\n' <<<"$PATH" | grep -vxF "$root/.venv/bin" | paste -sd:)
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME

say() { printf 'setup: %s\n' "$*"; }
die() {
    printf 'setup: %s\n' "$@" >&2
    exit 3
}
has() { command -v "$1" >/dev/null 2>&1; }
at_least() { [[ $(printf '%s\n' "$1" "$2" | sort -V | head -n1) == "$1" ]]; } # at_least MINIMUM VERSION

# ---------------------------------------------------------------------------------------------- what is there

# A Python that can make environments and for which every locked package has a wheel.
find_python() {
    local python
    for python in "$root/.conda/bin/python" python3.11 python3.12 python3; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in {(3, 11), (3, 12)})' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    return 1
}
# A copied or moved checkout has a .venv that still points to its old place.
venv_works() { grep -qsF "$root/.venv" .venv/bin/activate && .venv/bin/python -c 'import pip' 2>/dev/null; }
java_works() {
    local version
    version=$(java -version 2>&1) && [[ $version =~ version\ \"([0-9]+) ]] && ((BASH_REMATCH[1] >= 17))
}
gatk_found() { [[ -d $gatk_lib ]] || has gatk; }

solver() {
    local name
    for name in conda mamba micromamba; do
        if has "$name"; then
            echo "$name"
            return
        fi
    done
    return 1
}
conda_works() {
    local version
    version=$(conda --version 2>/dev/null) && at_least "$min_conda" "${version##* }"
}

# The Debian packages whose commands do not run here.
missing_packages() {
    venv_works || find_python >/dev/null || echo python3 python3-venv
    has bwa || echo bwa
    has samtools || echo samtools
    has bcftools || echo bcftools
    { has tabix && has bgzip; } || echo tabix
    has bedtools || echo bedtools
    has freebayes || echo freebayes
    has fastp || echo fastp
    mosdepth --version >/dev/null 2>&1 || echo mosdepth libhts-dev # Debian's mosdepth opens libhts.so itself
    has snpEff || echo snpeff
    has snpSift || has SnpSift || echo snpsift
    has delly || echo delly
    java_works || echo openjdk-17-jre-headless
    gatk_found || has mvn || echo maven
}
may_install() { has apt-get && { ((EUID == 0)) || has sudo; }; }
neither() {
    die "the tools that Tierline runs are not all here, and cannot be installed; nothing was changed." \
        "Do one of these, then run the same command again:" \
        "  1. put conda, mamba or micromamba on PATH (needs no administrator; see docs/install.md); or" \
        "  2. on Debian 12, as root or with sudo: apt-get install $missing"
}

# ---------------------------------------------------------------------------------------------- choose, before anything is done

choose_tools() {
    case ${TIERLINE_TOOLS:-} in
        conda)
            solver >/dev/null || die "TIERLINE_TOOLS=conda, but none of conda, mamba, micromamba is on PATH."
            echo conda
            return
            ;;
        path | "") ;;
        *) die "TIERLINE_TOOLS is '$TIERLINE_TOOLS'. Write conda or path, or leave it out." ;;
    esac
    if [[ -z ${TIERLINE_TOOLS:-} ]] && solver >/dev/null; then
        echo conda
    elif [[ -z $missing ]] || may_install; then
        echo path
    else
        neither
    fi
}

# ---------------------------------------------------------------------------------------------- do

# One set-up at a time for this user; who had to wait looks again at what is there.
lock() {
    mkdir -p "$cache" || die "set TIERLINE_CACHE to a folder that you may write to"
    exec 9>"$cache/setup.lock"
    flock --nonblock 9 && return
    say "another set-up is running; waiting for it"
    flock 9
    exec "$self" "$@"
}

# run_logged NAME COMMAND...: where the command fails, the end of its output is shown.
run_logged() {
    local log=$cache/$1.log
    "${@:2}" >"$log" 2>&1 && return
    tail -n 15 "$log" >&2
    die "$1 failed; its whole output is in $log"
}

install_packages() {
    local apt=(env DEBIAN_FRONTEND=noninteractive ${APT_CONFIG:+APT_CONFIG="$APT_CONFIG"} apt-get -q -y -o DPkg::Lock::Timeout=300) packages
    if ((EUID != 0)); then
        sudo -v || neither
        apt=(sudo "${apt[@]}")
    fi
    say "Debian packages: $missing"
    read -ra packages <<<"$missing"
    run_logged apt-update "${apt[@]}" update
    local package lacking=()
    for package in "${packages[@]}"; do
        [[ $(LC_ALL=C apt-cache policy "$package") =~ Candidate:\ [^\(] ]] || lacking+=("$package") # a pipe into grep -q fails under pipefail
    done
    ((${#lacking[@]} == 0)) || die "this distribution does not offer: ${lacking[*]}; nothing was installed." \
        "Put conda, mamba or micromamba on PATH instead, then run the same command again (docs/install.md)."
    run_logged apt-install "${apt[@]}" install --no-install-recommends "${packages[@]}"
    missing=$(missing_packages | paste -sd' ')
    [[ -z $missing ]] || die "installed, but still not working: $missing." \
        "Python 3.11 or 3.12 and Java 17 or later are needed; where the distribution has others, use conda (docs/install.md)"
}

# Python, conda, or both, where only mamba or micromamba (or an old conda) is there.
install_conda_base() {
    local tool
    tool=$(solver)
    if [[ -x .conda/bin/conda ]] || { conda_works && { venv_works || find_python >/dev/null; }; }; then
        return
    fi
    say "Python 3.11 and conda into .conda, by $tool"
    rm -rf .conda
    run_logged conda "$tool" create --yes --quiet --prefix "$root/.conda" --override-channels --channel conda-forge \
        python=3.11 "conda>=$min_conda"
}

install_python() {
    local stamp=.venv/tierline-lock python
    local wanted
    wanted=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)-uv$uv_version
    venv_works || {
        python=$(find_python)
        say "Python environment .venv, with $("$python" --version)"
        rm -rf .venv
        "$python" -m venv .venv
    }
    [[ $(cat "$stamp" 2>/dev/null) == "$wanted" ]] && return
    say "Python packages of requirements.lock ($(grep -c '^[a-z]' requirements.lock))"
    rm -f "$stamp"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
    export VIRTUAL_ENV=$root/.venv
    .venv/bin/uv pip sync --quiet --compile-bytecode --require-hashes requirements.lock
    .venv/bin/uv pip install --quiet --no-deps --editable .
    unset VIRTUAL_ENV
    echo "$wanted" >"$stamp"
}

# Downloaded beside its place, compared with the recorded checksums, then moved there in one step.
install_gatk() {
    gatk_found && return
    say "GATK $gatk_version from Maven Central into $gatk_lib (363 files, 420 MB; one to three minutes)"
    mkdir -p "$(dirname "$gatk_lib")"
    rm -rf "$cache"/gatk-download.* # of one that was cut short
    partial=$(mktemp -d "$cache/gatk-download.XXXXXX")
    trap 'rm -rf "$partial"' EXIT
    run_logged gatk mvn --batch-mode --strict-checksums --file envs/gatk-pom.xml \
        -Dmaven.repo.local="$partial/repository" -Dmaven.artifact.threads=16 \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$partial/lib"
    (cd "$partial/lib" && sha256sum --quiet --check "$root/envs/gatk-jars.sha256") ||
        die "the files of GATK are not those that Tierline was tested with; nothing was kept"
    mv --no-target-directory "$partial/lib" "$gatk_lib"
}

# An archive of GATK's loaded classes halves the start of each of its steps; without it they only start slower.
archive_gatk_classes() {
    [[ -d $gatk_lib && ! -f $gatk_lib.jsa ]] || return 0
    java -XX:ArchiveClassesAtExit="$gatk_lib.jsa.part" -cp "$gatk_lib/*" \
        org.broadinstitute.hellbender.Main Mutect2 --help >/dev/null 2>&1 || true # help ends with 1
    [[ ! -f $gatk_lib.jsa.part ]] || mv "$gatk_lib.jsa.part" "$gatk_lib.jsa"
}

write_gatk_launcher() {
    [[ -d $gatk_lib ]] || return 0 # a gatk of the user's own is on PATH
    cat >.venv/bin/gatk.part <<EOF
#!/usr/bin/env bash
# Starts GATK; --java-options "-Xmx4g ..." as in GATK's own launcher. Written by envs/setup.sh.
set -euo pipefail
lib=$(printf %q "$gatk_lib")
EOF
    cat >>.venv/bin/gatk.part <<'EOF'
options=(-XX:+UseSerialGC) arguments=()
[[ -f $lib.jsa ]] && options+=(-XX:SharedArchiveFile="$lib.jsa")
while (($#)); do
    case $1 in
        --java-options) read -ra more <<<"${2?--java-options needs a value}"; options+=("${more[@]}"); shift 2 ;;
        *) arguments+=("$1"); shift ;;
    esac
done
exec java "${options[@]}" -cp "$lib/*" org.broadinstitute.hellbender.Main "${arguments[@]}"
EOF
    chmod +x .venv/bin/gatk.part
    mv .venv/bin/gatk.part .venv/bin/gatk
}

# Built once for this user; a checkout links to it.
install_fgumi() {
    local built=$cache/fgumi-$fgumi_version rust
    has fgumi && return
    if [[ ! -x $built/bin/fgumi ]]; then
        [[ $with_umi == yes ]] || return 0
        rust=$(rustc --version 2>/dev/null | cut -d' ' -f2) || rust=0
        { has cargo && at_least "$min_rust" "$rust"; } || die "fgumi is built by Rust $min_rust or later, which is not here." \
            "Install it (https://rustup.rs), or put fgumi $fgumi_version on PATH, then run the same command again."
        say "fgumi $fgumi_version from crates.io into $built (six minutes or more)"
        run_logged fgumi nice cargo install fgumi --version "$fgumi_version" --locked --root "$built.part"
        mv --no-target-directory "$built.part" "$built"
    fi
    ln -sfn "$built/bin/fgumi" .venv/bin/fgumi
}

case ${1:-} in
    "") with_umi=no ;;
    umi) with_umi=yes ;;
    packages)
        has() { false; }
        find_python() { false; }
        venv_works() { false; }
        mosdepth() { false; }
        java_works() { false; }
        gatk_found() { true; }
        missing_packages | tr ' ' '\n'
        exit
        ;;
    *) die "'$1' is not known; write umi, packages, or nothing" ;;
esac
missing=
[[ ${TIERLINE_TOOLS:-} == conda ]] || missing=$(missing_packages | paste -sd' ')
tools=$(choose_tools)
lock "$@"
start=$SECONDS
if [[ $tools == conda ]]; then
    install_conda_base
    install_python
    rm -f .venv/bin/gatk .venv/bin/fgumi
    if conda_works; then rm -f .venv/bin/conda; else ln -sfn "$root/.conda/bin/conda" .venv/bin/conda; fi
    origin="conda (snakemake --sdm conda makes the environments of envs/ at the first run)"
else
    [[ -z $missing ]] || install_packages
    trap 'kill 0' INT # what runs in the background does not hear Ctrl-C
    install_python &
    python=$!
    install_gatk &
    wait "$!" && wait "$python" || exit 3
    archive_gatk_classes
    write_gatk_launcher
    install_fgumi
    rm -f .venv/bin/conda
    origin="PATH"
fi
echo "$tools" >.venv/tierline-deployment
say "ready in $((SECONDS - start)) s; tools from $origin"
