#!/bin/sh
# Rendered by hardener from profile small. Change the profile, not this file.
# Makes the key that encrypts what etcd stores, and installs encryption-configuration.yaml with it. Run it as root on each
# control-plane host, from this folder; it may be run again, and changes nothing then. All hosts need the same key: copy
# encryption.key from the first one before running it on the others. Keep a copy of it: without it, nothing that was
# encrypted can be read again.
#
#     encryption-keys.sh [FOLDER]      where the files go; /etc/kubernetes/hardener unless given
set -eu
umask 077

rendered=$(dirname -- "$0")/encryption-configuration.yaml
folder=${1:-/etc/kubernetes/hardener}
installed=$folder/encryption-configuration.yaml
key_file=$folder/encryption.key

refuse() {
    printf '%s\n' "$1" >&2
    exit 1
}

provider_of() {
    sed -n 's/^ *- \(secretbox\|aesgcm\|aescbc\|kms\):.*/\1/p' "$1"
}

# A line is printed by the shell itself: as an argument of a program, everybody on the host could read the key.
with_key() {
    while IFS= read -r line; do
        case $line in
            *'"(made on the host)"') printf '%s%s\n' "${line%'"(made on the host)"'}" "$1" ;;
            *) printf '%s\n' "$line" ;;
        esac
    done
}

mkdir -p -- "$folder"
if [ -e "$installed" ] && [ "$(provider_of "$installed")" != "$(provider_of "$rendered")" ]; then
    refuse "$installed encrypts by another provider: what it encrypted could not be read any more"
fi
if [ -e "$installed" ] && [ "$(grep -c '^ *secret:' "$installed")" != 1 ]; then
    refuse "$installed holds more than one key: a rotation is under way, finish it first"
fi

if [ ! -e "$key_file" ]; then
    if [ -e "$installed" ] && ! grep -q '"(made on the host)"' "$installed"; then
        refuse "$key_file is missing, though $installed holds a key: write that key into it first"
    fi
    head -c 32 /dev/urandom | base64 > "$key_file.new"
    # A link never replaces a key that somebody else made in the meantime.
    ln -- "$key_file.new" "$key_file"
    rm -- "$key_file.new"
fi

IFS= read -r key < "$key_file"
[ "$(printf %s "$key" | base64 -d | wc -c)" -eq 32 ] || refuse "$key_file does not hold a key of 32 bytes in base64"

with_key "$key" < "$rendered" > "$installed.new"
if [ -e "$installed" ] && cmp -s -- "$installed.new" "$installed"; then
    rm -- "$installed.new"
else
    mv -f -- "$installed.new" "$installed"
    printf '%s\n' "wrote $installed: restart the API server"
fi
chmod 600 -- "$installed" "$key_file"
