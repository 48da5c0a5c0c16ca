# A copy, on the node where a job works, of big files that many jobs read whole (sourced by job.sh). $node_folder is a folder
# of the node ("" is none: run.node_folder of the config).

# stage FILE...
# Sets $staged to the folder to work in, so that the names of the FILEs (relative) mean the copy on this node: a command that
# notes its arguments notes the same ones with a copy and without. Where there can be no copy, it says why, and $staged is
# the run directory. One job copies, others wait for it. A copy is used if all its checksums are those of the FILEs.
stage() {
    staged=$PWD
    if [[ -n ${node_folder:-} ]]; then
        staged=$(copy_on_node "$@") || { echo "the shared files are read instead" && staged=$PWD; }
    fi
}

# Prints the folder of the copy. Errors are followed up by hand: in a condition, `set -e` does not hold.
copy_on_node() {
    local home=$node_folder/tierline-$UID key copy fresh lock mode needed free
    # its name says of which files it is: a file that was made anew has another date, and gets another copy
    key=$({ printf '%s\n' "$@" && realpath -- "$@" && stat --dereference --format '%s %.9Y' -- "$@"; } | sha256sum) || return 1
    key=${key:0:16}
    copy=$home/$key
    [[ -d $node_folder ]] && mkdir -p -m 700 "$home" && [[ -O $home && ! -L $home && -w $home ]] ||
        { echo "$node_folder is no folder of this node that can be written to" >&2 && return 1; }
    { exec {lock}> "$home/$key.lock"; } || return 1
    for mode in --shared --exclusive; do
        flock "$mode" --timeout 1800 "$lock" || { echo "the copy of another job takes too long" >&2 && return 1; }
        if is_sound "$copy" $#; then echo "$copy" && return; fi
    done
    rm -rf "$copy" "$copy".part.* # of jobs that were killed
    needed=$(du --dereference --total --bytes -- "$@" | tail -n 1 | cut -f 1) || return 1
    free=$(df --block-size=1 --output=avail -- "$home" | tail -n 1) || return 1
    ((free > needed)) || { echo "$node_folder has $free bytes free, the copy needs $needed" >&2 && return 1; }
    fresh=$(mktemp -d "$copy.part.XXXXXX") || return 1
    if cp --parents --dereference -- "$@" "$fresh" && sha256sum -- "$@" > "$fresh/SHA256SUMS" &&
        is_sound "$fresh" $# && (cd "$fresh" && sync -- SHA256SUMS "$@") && mv --no-target-directory "$fresh" "$copy"; then
        echo "$copy is made: $needed bytes" >&2
        echo "$copy"
    else
        echo "$node_folder: the copy failed" >&2
        rm -rf "$fresh"
        return 1
    fi
}

# is_sound FOLDER NUMBER: whether it holds a copy of so many files, each with the checksum of the file it is of.
is_sound() {
    [[ -f $1/SHA256SUMS && $(wc -l < "$1/SHA256SUMS") == "$2" ]] && (cd "$1" && sha256sum --check --quiet --strict SHA256SUMS >&2)
}
