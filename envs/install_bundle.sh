#!/usr/bin/env bash
# Installs Tierline from the bundle in which this script lies, without a network: ./install.sh FOLDER
#
# The set-up is that of envs/setup.sh; apt or conda, pip and uv are told to look into the bundle and nowhere else.
# TIERLINE_CACHE=<folder>    where GATK or conda packages, and references of a preset go (default: ~/.cache/tierline)
set -euo pipefail
bundle=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cd "$bundle"

say() { printf 'install: %s\n' "$*"; }
die() {
    printf 'install: %s\n' "$@" >&2
    exit "${code:-2}"
}

(($# == 1)) || die "write the folder in which Tierline is to lie: ./install.sh FOLDER"
target=$(readlink -m "$OLDPWD/$1")
[[ $1 != /* ]] || target=$(readlink -m "$1")
[[ ! -e $target || -z $(ls -A "$target") ]] || die "$target is not empty; nothing was changed"
[[ $bundle != *[[:space:]]* ]] || die "the path of the bundle has a blank, which apt takes apart; move it"
export TIERLINE_CACHE=${TIERLINE_CACHE:-${XDG_CACHE_HOME:-${HOME:-$target}/.cache}/tierline}
if [[ -d conda ]]; then
    command -v conda >/dev/null || die "the tools of this bundle are conda's, and conda is not on PATH; nothing was changed"
    [[ $TIERLINE_CACHE =~ ^/[A-Za-z0-9._/+-]+$ ]] || die "TIERLINE_CACHE=$TIERLINE_CACHE: conda needs letters, digits and . _ / + -"
fi

say "comparing $(wc -l <SHA256SUMS) files with SHA256SUMS"
sha256sum --quiet --check SHA256SUMS || code=1 die "this bundle is damaged; nothing was changed"

# Put into its place in one step: what is cut short is not taken for the whole.
place() { # place SOURCE TARGET
    [[ ! -e $2 ]] || return 0
    mkdir -p "$(dirname "$2")"
    rm -rf "$2.part"
    cp -R "$1" "$2.part"
    mv --no-target-directory "$2.part" "$2"
}

say "checkout into $target, GATK or conda packages and references into $TIERLINE_CACHE"
mkdir -p "$target"
cp -R checkout/. "$target"
for part in gatk-*; do
    [[ ! -d $part ]] || place "$part/lib" "$TIERLINE_CACHE/$part/lib"
done
for file in references/presets/*/*; do
    [[ ! -e $file ]] || place "$file" "$TIERLINE_CACHE/references/${file#references/presets/}"
done

export PIP_NO_INDEX=1 PIP_FIND_LINKS=$bundle/wheels UV_NO_INDEX=1 UV_FIND_LINKS=$bundle/wheels UV_OFFLINE=1

# Snakemake makes the environments at the first run: the packages stay, and the lists stand beside the environments' files.
if [[ -d conda ]]; then
    store=$TIERLINE_CACHE/conda-packages-$(sha256sum SHA256SUMS | head -c 12)
    place conda "$store"
    for list in conda/*.pin.txt; do
        sed "s|^packages/|file://$store/packages/|" "$list" >"$target/envs/${list#conda/}"
    done
    for list in conda/*.pip.txt; do
        [[ -e $list ]] || continue
        name=$(basename "$list" .pip.txt)
        cat >"$target/envs/$name.post-deploy.sh" <<END
#!/usr/bin/env bash
# What pip installs into envs/$name.yaml, from the bundle. Written by its install.sh.
python -m pip install --quiet --no-index --find-links "$store/pip" --requirement "$store/$name.pip.txt"
END
    done
    say "Python and conda into $target/.conda"
    mv "$target"/envs/base.*.pin.txt "$target/.conda.pin.txt"
    conda create --yes --quiet --offline --no-default-packages --prefix "$target/.conda" --file "$target/.conda.pin.txt"
    TIERLINE_TOOLS=conda "$target/envs/setup.sh"
    say "done; next: $target/.venv/bin/tierline demo"
    exit
fi

apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
chmod 755 "$apt"
mkdir -p "$apt/lists/partial"
echo "deb [trusted=yes] file:$bundle/debian ./" >"$apt/sources.list"
cat >"$apt/apt.conf" <<END
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$apt/lists";
END
export APT_CONFIG=$apt/apt.conf
TIERLINE_TOOLS=path "$target/envs/setup.sh"
say "done; next: $target/.venv/bin/tierline demo"
