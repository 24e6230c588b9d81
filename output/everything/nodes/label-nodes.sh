#!/bin/sh
# Rendered by hardener from profile everything. Change the profile, not this file.
# Sets the labels of a pool's nodes, which no kubelet may give itself: those of POOL/node.labels. A label of the domain
# node-restriction.kubernetes.io, or of one below it, that the pool does not have is taken away; every other label is left
# alone. Run it as an administrator of the cluster when a node has joined or changes its pool; it may be run again. Asks
# for kubectl.
#
#     label-nodes.sh [--check] POOL NODE...
#       --check   change nothing, say what would change, and end with 1 if anything would
#
# A node that is not there, or that cannot be changed, is named, the others are done, and it ends with 1.
#
# Taints do not follow: a kubelet sets those of its pool only when its node registers. A node that changes its pool is
# drained first, deleted from the API, given the files of the new pool, and registers anew.
set -euf
usage="usage: label-nodes.sh [--check] POOL NODE..."

# The comment at the top of this file is its help.
show_help() {
    sed -e 1d -e '/^[^#]/,$d' -e 's/^# \{0,1\}//' -- "$0"
    exit 0
}

# Says in one line what is wrong, and how this is used.
wrong() {
    printf '%s\n' "$1" "$usage" >&2
    exit 2
}

# needs PROGRAM PACKAGE: the package is called as Debian calls it.
needs() {
    command -v "$1" > /dev/null || { printf '%s\n' "$1 is missing: install the package $2" >&2; exit 1; }
}

check=
while :; do
    case ${1-} in
        -h | --help) show_help ;;
        --check) check=yes ;;
        -*) wrong "not understood: $1" ;;
        *) break ;;
    esac
    shift
done
[ $# -ge 1 ] || wrong "no pool is named"
[ $# -ge 2 ] || wrong "no node is named"
for name in "$@"; do
    case $name in '' | [.-]* | *[!a-z0-9.-]*) wrong "no pool or node is called so: $name" ;; esac
done
pool=$1
shift
wanted=$(dirname -- "$0")/$pool/node.labels
[ -f "$wanted" ] || wrong "no pool is called $pool: there is no $wanted"
needs kubectl "kubectl (of pkgs.k8s.io)"
needs grep grep

# What kubectl label is told of a node that has the labels in $present: NAME=VALUE for what is missing, NAME- for what is
# too much.
changes() {
    while IFS= read -r label; do
        printf '%s\n' "$present" | grep -qxF -- "$label" || printf '%s\n' "$label"
    done < "$wanted"
    printf '%s\n' "$present" | while IFS='=' read -r name value; do
        case $name in
            node-restriction.kubernetes.io/* | *.node-restriction.kubernetes.io/*)
                cut -d= -f1 -- "$wanted" | grep -qxF -- "$name" || printf '%s-\n' "$name"
                ;;
        esac
    done
}

status=0

leave() {
    printf '%s\n' "$1 is left as it is" >&2
    status=1
}

for node in "$@"; do
    # One label a line: in JSON, which is how kubectl prints them, neither names nor values have quotes or commas.
    present=$(kubectl get node "$node" -o jsonpath='{.metadata.labels}') || { leave "$node"; continue; }
    present=$(printf %s "$present" | tr -d '{}"' | tr ',' '\n' | sed 's/:/=/')
    todo=$(changes)
    [ -n "$todo" ] || continue
    printf '%s\n' "$todo" | sed "s/^/$node: /"
    if [ -n "$check" ]; then
        status=1
    else
        # One word for each label.
        kubectl label node "$node" --overwrite $todo > /dev/null || leave "$node"
    fi
done
exit "$status"
