#!/bin/sh
# Rendered by hardener from profile everything. Change the profile, not this file.
# Installs the profiles of AppArmor and seccomp that lie beside this file, and loads those of AppArmor. It may be run
# again: it writes what differs alone, and each file at once. Run it as root on every node of the pool, before pods name
# the profiles and again whenever they change. Containers that run get an AppArmor profile's new rules at once, and
# those of seccomp when they are started anew.
#
#     install-profiles.sh [--dry-run] [--root FOLDER]
#       --dry-run  change and load nothing, say what is to be done, and end with 1 if anything is
#       --root     install below FOLDER, such as an image that is made there, instead of /, and load nothing
set -eu
export LC_ALL=C
usage="usage: install-profiles.sh [--dry-run] [--root FOLDER]"

# Of what a profile is, and what it is called.
profiles() {
    tr -d '"' << 'END'
"apparmor hardener-cards"
"seccomp hardener-cards.json"
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

dry=
root=
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) show_help ;;
        --dry-run) dry=yes ;;
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
here=$(cd -- "$(dirname -- "$0")" && pwd)
needs cmp diffutils
if profiles | grep -q '^apparmor '; then
    needs apparmor_parser apparmor
    if [ -z "$root" ] && [ "$(cat /sys/module/apparmor/parameters/enabled 2> /dev/null)" != Y ]; then
        printf '%s\n' "the kernel of this host runs no AppArmor: pods that name a profile of it do not start here" >&2
        exit 1
    fi
fi

# folder_of SORT: where a kubelet, or AppArmor when the host starts, looks for them.
folder_of() {
    case $1 in
        apparmor) printf '%s' "$root/etc/apparmor.d" ;;
        *) printf '%s' "$root/var/lib/kubelet/seccomp" ;;
    esac
}

# place FILE TARGET: whole or not at all, whoever reads it meanwhile
place() {
    printf 'installed: %s\n' "$2"
    install -d -m 755 -- "${2%/*}"
    # A name with a tilde at its end is read by nobody.
    install -m 644 -- "$1" "$2.new~"
    mv -f -- "$2.new~" "$2"
}

# is_loaded NAME MODE
is_loaded() {
    grep -qxF "$1 ($2)" /sys/kernel/security/apparmor/profiles 2> /dev/null
}

# Every file is looked at before any is installed.
profiles | while read -r sort name; do
    if [ ! -f "$here/$sort/$name" ]; then
        printf '%s\n' "$here/$sort/$name is missing: bring the whole folder of the pool" >&2
        exit 1
    fi
    # It is read whole, and not loaded.
    [ "$sort" != apparmor ] || apparmor_parser -Q -K -- "$here/$sort/$name" > /dev/null
done

profiles | {
    status=0
    while read -r sort name; do
        file=$here/$sort/$name
        target=$(folder_of "$sort")/$name
        mode=enforce
        ! grep -q '^profile .*complain' "$file" || mode=complain
        if ! cmp -s -- "$file" "$target"; then
            if [ -n "$dry" ]; then
                printf 'to be installed: %s\n' "$target"
                status=1
                continue
            fi
            place "$file" "$target"
        elif [ "$sort" != apparmor ] || [ -n "$root" ] || { [ -n "$dry" ] && is_loaded "$name" "$mode"; }; then
            continue
        fi
        if [ "$sort" != apparmor ] || [ -n "$root" ]; then
            continue
        fi
        if [ -n "$dry" ]; then
            printf 'to be loaded: %s\n' "$name"
            status=1
        else
            # As it stands in the file, whatever an older one in a cache says.
            apparmor_parser -r -K -- "$target"
            printf 'loaded: %s\n' "$name"
        fi
    done
    exit "$status"
}
