#!/bin/sh
# Rendered by hardener from profile shop-prod. Change the profile, not this file.
# Takes away from the files of this host what nobody needs: their modes and owners. It never gives anything, so it may be
# run again, and leaves alone what is stricter already. It follows no symbolic links: what lies behind one is named, and
# is for an administrator to look at. Run it as root, once the node has joined and after each upgrade.
#
#     permissions.sh [--check] [--root FOLDER]
#       --check   change nothing, say what is too open, and end with 1 if anything is
#       --root    look below FOLDER, such as a disk that is mounted there, instead of /
set -eu
export LC_ALL=C

# What is allowed at most: of a file, a folder, or the files below a folder that are called so; mode and owner, or - where
# that is left alone.
allowed() {
    tr -d '"' << 'END'
"file 600 root:root /etc/kubernetes/bootstrap-kubelet.conf"
"file 600 root:root /etc/kubernetes/kubelet.conf"
"folder 755 root:root /etc/kubernetes"
"folder 755 root:root /etc/kubernetes/pki"
"files 644 root:root /etc/kubernetes/pki *.crt"
"folder 700 root:root /etc/kubernetes/manifests"
"files 600 root:root /etc/kubernetes/manifests *"
"folder 700 root:root /etc/kubernetes/hardener"
"files 600 root:root /etc/kubernetes/hardener *"
"file 600 root:root /var/lib/kubelet/config.yaml"
"file 600 root:root /var/lib/kubelet/kubeadm-flags.env"
"folder 755 root:root /var/lib/kubelet/pki"
"files 644 root:root /var/lib/kubelet/pki *.crt"
"files 600 root:root /var/lib/kubelet/pki *.key"
"files 600 root:root /var/lib/kubelet/pki *.pem"
"file 600 root:root /etc/systemd/system/kubelet.service"
"files 600 root:root /etc/systemd/system/kubelet.service.d *"
"file 600 root:root /usr/lib/systemd/system/kubelet.service"
"files 600 root:root /usr/lib/systemd/system/kubelet.service.d *"
"files 600 root:root /etc/cni/net.d *"
"files 600 root:root /var/lib/cni/networks *"
END
}

usage() {
    printf '%s\n' "usage: permissions.sh [--check] [--root FOLDER]" >&2
    exit 2
}

check=
root=
while [ $# -gt 0 ]; do
    case $1 in
        --check) check=yes ;;
        --root) [ $# -gt 1 ] && [ -d "$2" ] || usage; root=${2%/}; shift ;;
        *) usage ;;
    esac
    shift
done

status=0

leave_alone() {
    printf 'left alone: %s %s\n' "$1" "$2" >&2
    status=1
}

# Is this, or a folder above it, a symbolic link?
behind_a_link() {
    at=$root
    rest=$1/
    while rest=${rest#/} && [ -n "$rest" ]; do
        at=$at/${rest%%/*}
        rest=${rest#*/}
        [ ! -L "$at" ] || return 0
    done
    return 1
}

# Runs a command, unless nothing is to be changed.
change() {
    if [ -n "$check" ] || ! "$@"; then
        status=1
    fi
}

# tighten MODE OWNER PATH
tighten() {
    # The bits above those of modes mean other things on folders, and are theirs to keep.
    most=$1
    [ ! -d "$3" ] || most=7$1
    owner=$(stat -c %U:%G -- "$3")
    if [ "$2" != - ] && [ "$owner" != "$2" ] && id -u "${2%:*}" > /dev/null 2>&1; then
        printf '%s: owner %s, should be %s\n' "$3" "$owner" "$2"
        change chown -h "$2" -- "$3"
    fi
    mode=$(stat -c %a -- "$3")
    kept=$(printf %o $((0$mode & 0$most)))
    if [ "$kept" != "$mode" ]; then
        printf '%s: mode %s, should be %s\n' "$3" "$mode" "$kept"
        change chmod "0$kept" -- "$3"
    fi
}

# tighten_below MODE OWNER FOLDER NAMES: no link, and nothing but plain files
tighten_below() {
    for path in "$3"/* "$3"/.[!.]* "$3"/..?*; do
        if [ -L "$path" ]; then
            continue
        elif [ -d "$path" ]; then
            tighten_below "$1" "$2" "$path" "$4"
        elif [ -f "$path" ]; then
            case ${path##*/} in
                $4) tighten "$1" "$2" "$path" ;;
            esac
        fi
    done
}

allowed | {
    while read -r sort mode owner path names; do
        if behind_a_link "$path"; then
            leave_alone "$root$path" "lies behind a symbolic link"
            continue
        fi
        [ -e "$root$path" ] || continue
        if [ "$sort" = files ]; then
            tighten_below "$mode" "$owner" "$root$path" "$names"
        elif { [ "$sort" = file ] && [ -f "$root$path" ]; } || { [ "$sort" = folder ] && [ -d "$root$path" ]; }; then
            tighten "$mode" "$owner" "$root$path"
        else
            leave_alone "$root$path" "is no $sort"
        fi
    done
    exit "$status"
}
