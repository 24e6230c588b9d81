#!/bin/sh
# Rendered by hardener from profile everything. Change the profile, not this file.
# Takes away from the files of this host what nobody needs: their modes and owners. It never gives anything, so it may be
# run again, and leaves alone what is stricter already. It follows no symbolic links: what lies behind one is named, and
# is for an administrator to look at. Run it as root, once the node has joined and after each upgrade.
#
#     permissions.sh [--check] [--root FOLDER]
#       --check   change nothing, say what is too open, and end with 1 if anything is
#       --root    look below FOLDER, such as a disk that is mounted there, instead of /
#
# It also ends with 1 if something could not be changed, or was left alone and named: a link, or a folder that whoever runs
# this may not look into.
set -eu
export LC_ALL=C
usage="usage: permissions.sh [--check] [--root FOLDER]"

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
"file 600 root:root /etc/kubernetes/admin.conf"
"file 600 root:root /etc/kubernetes/super-admin.conf"
"file 600 root:root /etc/kubernetes/controller-manager.conf"
"file 600 root:root /etc/kubernetes/scheduler.conf"
"folder 755 root:root /etc/kubernetes/pki/etcd"
"files 600 root:root /etc/kubernetes/pki *.key"
"files 644 root:root /etc/kubernetes/pki *.pub"
"folder 700 etcd:etcd /var/lib/etcd"
"folder 700 root:root /var/log/kubernetes/audit"
"files 600 root:root /var/log/kubernetes/audit *"
END
}

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
root=
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) show_help ;;
        --check) check=yes ;;
        --root)
            [ $# -gt 1 ] || wrong "--root is given no folder"
            [ -d "$2" ] || wrong "$2 is no folder"
            root=${2%/}
            shift
            ;;
        *) wrong "not understood: $1" ;;
    esac
    shift
done
needs stat coreutils

status=0
left=

# leave_alone PATH WHY: several lines may lead to one path.
leave_alone() {
    status=1
    case $left in *"|$1|"*) return ;; esac
    left="$left|$1|"
    printf 'left alone: %s %s\n' "$1" "$2" >&2
}

# Prints why nothing can be said of a path: a folder above it is closed, or it or one above it is a symbolic link.
hindrance() {
    at=$root
    rest=$1/
    while rest=${rest#/} && [ -n "$rest" ]; do
        if [ -d "$at/" ] && [ ! -x "$at/" ]; then
            printf '%s' "lies in a folder that cannot be looked into"
            return
        fi
        at=$at/${rest%%/*}
        rest=${rest#*/}
        if [ -L "$at" ]; then
            printf '%s' "lies behind a symbolic link"
            return
        fi
    done
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

# is_called PATH NAMES
is_called() {
    case ${1##*/} in
        $2) ;;
        *) return 1 ;;
    esac
}

# leads_beside LINK NAMES: to a file of the same folder, which is tightened under its own name? So the kubelet calls the
# certificate that it uses now.
leads_beside() {
    target=$(readlink -- "$1")
    is_called "$target" "$2" || return 1
    case $target in
        . | .. | */. | */..) return 1 ;;
        */*) [ "$root${target%/*}" = "${1%/*}" ] ;;
    esac
}

# tighten_below MODE OWNER FOLDER NAMES: nothing but plain files
tighten_below() {
    if [ ! -r "$3" ] || [ ! -x "$3" ]; then
        leave_alone "$3" "cannot be looked into"
        return
    fi
    for path in "$3"/* "$3"/.[!.]* "$3"/..?*; do
        if [ -L "$path" ]; then
            if { [ -d "$path" ] || is_called "$path" "$4"; } && ! leads_beside "$path" "$4"; then
                leave_alone "$path" "is a symbolic link"
            fi
        elif [ -d "$path" ]; then
            tighten_below "$1" "$2" "$path" "$4"
        elif [ -f "$path" ] && is_called "$path" "$4"; then
            tighten "$1" "$2" "$path"
        fi
    done
}

allowed | {
    while read -r sort mode owner path names; do
        why=$(hindrance "$path")
        if [ -n "$why" ]; then
            leave_alone "$root$path" "$why"
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
