#!/bin/sh
# Rendered by hardener from profile small. Change the profile, not this file.
# Sets the labels of a pool's nodes, which no kubelet may give itself: those of POOL/node.labels. A label of the domain
# node-restriction.kubernetes.io, or of one below it, that the pool does not have is taken away; every other label is left
# alone. Run it as an administrator of the cluster when a node has joined or changes its pool; it may be run again. Asks
# for kubectl.
#
#     label-nodes.sh [--check] POOL NODE...
#       --check   change nothing, say what would change, and end with 1 if anything would
set -euf

refuse() {
    printf '%s\n' "$1" >&2
    exit 2
}

usage() {
    refuse "usage: label-nodes.sh [--check] POOL NODE..."
}

check=
if [ "${1-}" = --check ]; then
    check=yes
    shift
fi
[ $# -ge 2 ] || usage
pool=$1
shift
for name in "$pool" "$@"; do
    case $name in '' | [.-]* | *[!a-z0-9.-]*) usage ;; esac
done
wanted=$(dirname -- "$0")/$pool/node.labels
[ -f "$wanted" ] || refuse "no pool is called $pool: there is no $wanted"

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
for node in "$@"; do
    # One label a line: in JSON, which is how kubectl prints them, neither names nor values have quotes or commas.
    present=$(kubectl get node "$node" -o jsonpath='{.metadata.labels}') || refuse "$node is left as it is"
    present=$(printf %s "$present" | tr -d '{}"' | tr ',' '\n' | sed 's/:/=/')
    todo=$(changes)
    [ -n "$todo" ] || continue
    printf '%s\n' "$todo" | sed "s/^/$node: /"
    if [ -n "$check" ]; then
        status=1
    else
        # One word for each label.
        kubectl label node "$node" --overwrite $todo > /dev/null || refuse "$node is left as it is"
    fi
done
exit "$status"
