#!/bin/sh
# Rendered by hardener from profile everything. Change the profile, not this file.
# encryption-keys.sh [--check] [COMMAND] [PROOF...] [FOLDER]
#
# Makes the keys that encrypt what etcd stores, and rotates them. Run it as root, from the folder that hardener rendered.
# Keys are made here, and stay on the control plane's hosts. In FOLDER (an absolute path; /etc/kubernetes/hardener unless
# given) the API server reads encryption-configuration.yaml; encryption.keys is the same once more, where no copy of a new
# output comes over it. Keep a copy of encryption.keys in a safe place: without it, nothing that was encrypted can be read
# again.
#
#   install      put encryption-configuration.yaml into FOLDER, with a key made here if there is none (the default)
#   take FILE    the same with the keys of another host: FILE is a copy of its encryption.keys
#   status       say which keys there are, and what comes next; never shows a key
#
# With --check a command writes nothing, here or in the cluster: it says what it would do, or why it would refuse, and ends
# with 1 if there is anything.
#
# To rotate keys, or to change to another provider that the profile names:
#
#   add          make a new key, which can read and does not write yet
#   promote      have the new key write
#   reencrypt    have all that is stored written anew, by the new key
#   drop         take the old key away
#
# One host runs the commands. After install, add, promote and drop, copy its encryption.keys to each other control-plane
# host, run `take` there, and then restart every API server, one after the other (kubeadm: end its container by crictl
# stop, and the kubelet starts another; k3s and RKE2: restart their service): only then go on. `take` prints a PROOF that its
# host has the file, and since when (`status` does so as well; no key can be worked out from it). promote, reencrypt and
# drop want one of each other host:
#
#     encryption-keys.sh promote node-b:1767225600:0123456789abcdef node-c:1767225605:fedcba9876543210
#
# promote and reencrypt also ask each API server since when it runs, and refuse to go on if it has not read the file since.
# A host whose API server is down is not among those that the cluster lists: take the file there before it comes back. A
# step that is done already changes nothing, and one that is out of order is refused. A step that was cut off is done by
# running it again. Remove the copies that you took keys from.
#
# A cluster that stored in plain text so far: render with controlPlane.encryption.plaintext, install, take, restart all
# API servers at once (one that is not restarted cannot read what the others write), reencrypt, drop, take, restart.
#
# What is refused ends with 1. promote and reencrypt ask for kubectl, with $KUBECONFIG or else with
# /etc/kubernetes/admin.conf
set -euf
umask 077
export LC_ALL=C
usage="usage: encryption-keys.sh [--check] [COMMAND] [PROOF...] [FOLDER]"
# Where the installer leaves the administrator's kubeconfig and a kubectl.
installers_kubeconfig=$(tr -d '"' << 'END'
/etc/kubernetes/admin.conf
END
)
installers_programs=$(tr -d '"' << 'END'
/usr/bin
END
)
export KUBECONFIG="${KUBECONFIG:-$installers_kubeconfig}"
export PATH="$PATH:$installers_programs"

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

say() {
    printf '%s\n' "$*"
}

refuse() {
    printf '%s\n' "$*" >&2
    exit 1
}

# --- what a file says. A key is handled by the shell itself: as an argument of a program, everybody could read it ---

# The N-th provider of FILE with its lines; the 0th is all that stands above, but for how far a rotation is.
provider() {
    at=0
    while IFS= read -r line; do
        case $line in
            '      - '*) at=$((at + 1)) ;;
            '# rotation: '*) continue ;;
            *) ;;
        esac
        if [ "$at" -eq "$2" ]; then
            printf '%s\n' "$line"
        fi
    done < "$1"
}

# The providers of FILE, the one that writes first, as in: secretbox key1.
titles() {
    while IFS= read -r line; do
        case $line in
            '      - identity:'*) say 'identity (plain text)' ;;
            '      - '*) of=${line#*- } of=${of%%:*} ;;
            *' name: '*) say "$of ${line#*name: }" ;;
            *) ;;
        esac
    done < "$1"
}

# How far a rotation is: added, promoted or rewritten; nothing if none is under way. A second provider that nothing is
# said of may be what wrote all that is stored.
state_of() {
    said=$(sed -n 's/^# rotation: //p' "$1")
    if [ -z "$said" ] && [ -n "$(provider "$1" 2)" ]; then
        said=promoted
    fi
    say "$said"
}

# What tells the first provider of FILE from another: its sort, and of a key management service protocol and name.
service_of() {
    provider "$1" 1 | sed -n -e 1p -e '/^          apiVersion: /p' -e '/^          name: /p'
}

resources_of() {
    sed -n 's/^  - resources: \[\(.*\)\]$/\1/p' "$1" | tr -d '" ' | tr ',' '\n'
}

first_line() {
    IFS= read -r line && say "$line"
}

has_plain_text() {
    grep -q '^      - identity:' "$1"
}

# What stands above the providers, without its comments.
head_of() {
    provider "$1" 0 | grep -v '^#'
}

lacks_its_key() {
    grep -q '"(made on the host)"' "$1"
}

is_kms() {
    [ -n "$(provider "$1" 1 | sed -n '/^      - kms:$/p')" ]
}

# Is a resource (routes.example.com) among those that are chosen (secrets, *.example.com, *.*)?
is_chosen() {
    case $1 in
        *.*) group=${1#*.} ;;
        *) group= ;;
    esac
    for entry in $2; do
        case $entry in
            '*.*' | "*.$group" | "$1" | "$1.") return 0 ;;
            *) ;;
        esac
    done
    return 1
}

# --- what is written ---

# Whole or not at all, and on the disk before it counts. printf is part of the shell.
put() {
    if [ -n "$check" ]; then
        changes=yes
        return
    fi
    rm -f -- "$1.new"
    printf '%s\n' "$2" > "$1.new"
    sync
    mv -f -- "$1.new" "$1"
}

# Puts providers in force. What stands above them, and is no secret, comes from FILE.
store() {
    text=$(
        if [ -n "$1" ]; then
            say "# rotation: $1"
        fi
        provider "$2" 0
        printf '%s\n' "$3"
    )
    put "$keys" "$text"
    put "$installed" "$text"
}

# encryption.keys is written first: what lies where the API server looks may be older, or a new output without keys.
mend() {
    if [ -e "$keys" ] && ! cmp -s -- "$keys" "$installed"; then
        put "$installed" "$(cat < "$keys")"
        say "$wrote $installed as $keys has it: restart the API server"
        # What comes next goes by that file.
        [ -z "$check" ] || exit 1
    fi
    [ -n "$check" ] || chmod 600 -- "$keys" "$installed"
}

# The rendered provider with a key of its own, which is called key and a NUMBER.
new_provider() {
    key=$(head -c 32 /dev/urandom | base64)
    [ "$(printf %s "$key" | base64 -d | wc -c)" -eq 32 ] || refuse "no key could be made"
    provider "$rendered" 1 | while IFS= read -r line; do
        case $line in
            *'- name: key1') say "${line%1}$1" ;;
            *' secret: '*) printf '%s: %s\n' "${line%%:*}" "$key" ;;
            *) say "$line" ;;
        esac
    done
}

plain_text() {
    if has_plain_text "$rendered"; then
        printf '\n%s' '      - identity: {}'
    fi
}

# --- what is asked of the cluster ---

ask_for_servers() {
    kubectl get endpointslices.discovery.k8s.io kubernetes -n default --ignore-not-found -o jsonpath="$1"
}

# Each API server's address, as they write it down themselves. Without any there is one, which kubeconfig names.
servers() {
    port=$(ask_for_servers '{.ports[0].port}') || return 1
    found=$(ask_for_servers '{range .endpoints[*]}{.addresses[0]}{" "}{end}') || return 1
    for each in $found; do
        case $each in
            *:*) say "--server=https://[$each]:$port" ;;
            *) say "--server=https://$each:$port" ;;
        esac
    done
    [ -n "$found" ] || say '--request-timeout=30s'
}

# The file by which this cluster runs already; nothing if there is none.
sign_of_life() {
    for each in "$KUBECONFIG" "$installers_kubeconfig"; do
        if [ -e "$each" ]; then
            say "$each"
            return
        fi
    done
}

# Shows that this host has the file in force, and since when: with its name, so that no host can stand for another, and with
# the keys, which are random, so that nobody can make it who does not have them, nor work them out from it.
proof() {
    this="$(uname -n):$(stat -c %Y -- "$installed")"
    say "$this:$(seal "$this")"
}

# How far a rotation is only one host knows.
seal() {
    {
        say "$1"
        grep -v '^# rotation: ' "$keys"
    } | sha256sum | head -c 16
}

count() {
    say "$#"
}

# Finds each API server, and since when the last of their hosts has the file; refuses if one is not known to have it.
every_host_took_it() {
    needs kubectl "kubectl (of pkgs.k8s.io)"
    written=$(stat -c %Y -- "$installed")
    asked=$(servers) || refuse "the API server does not say where the others are"
    hosts=$(uname -n)
    for each in $proofs; do
        name=${each%%:*} since=${each#*:} since=${since%%:*}
        [ "$each" = "$name:$since:$(seal "$name:$since")" ] ||
            refuse "not a proof of the file that is in force here: $each (run take on its host once more)"
        case " $hosts " in
            *" $name "*) refuse "$name needs no further proof: $each" ;;
            *) hosts="$hosts $name" ;;
        esac
        [ "$since" -le "$written" ] || written=$since
    done
    [ "$(count $hosts)" -ge "$(count $asked)" ] ||
        refuse "of $(count $asked) hosts with an API server only $(count $hosts) are known to have $keys as it is here:" \
            "give $command the proof that take prints on each other host"
}

# The clock of a host may lag by a second behind what the kernel says of a process.
every_server_was_restarted() {
    every_host_took_it
    for each in $asked; do
        started=$(kubectl "$each" get --raw /metrics | sed -n 's/^process_start_time_seconds //p')
        [ -n "$started" ] || refuse "an API server does not say since when it runs (kubectl $each get --raw /metrics)"
        if [ "$(printf %.0f "$started")" -le $((written + 1)) ]; then
            refuse "an API server runs since before $installed was written on every host (${each#--server=}): restart it first"
        fi
    done
}

# No name has a slash in it.
every_name='{range .items[*]}{.apiVersion}/{.kind}/{.metadata.namespace}/{.metadata.name}{"\n"}{end}'

as_objects() {
    object='{"apiVersion":"\1","kind":"\2","metadata":{"namespace":"\3","name":"\4"}}'
    sed -e 's/[\"]/\\&/g' -e "s|^\(.*\)/\([^/]*\)/\([^/]*\)/\([^/]*\)\$|$object|"
}

# A change of nothing makes the API server write an object anew if an old key, or none, wrote it. Unlike a replacement it
# meets no conflict and touches no annotation, and of what is read only names are kept.
rewrite() {
    for pause in 1 2 4 8 16; do
        names=$(kubectl get "$1" --all-namespaces --chunk-size=250 -o jsonpath="$every_name") || refuse "$1: not read"
        [ -n "$names" ] || return 0
        if said=$(printf '%s\n' "$names" | as_objects | kubectl patch -f - --type=merge --patch='{}' 2>&1 > /dev/null); then
            return 0
        fi
        # What was deleted in the meantime needs no key.
        said=$(say "$said" | grep -v -e '(NotFound)' -e '^Warning: ') || return 0
        sleep "$pause"
    done
    refuse "$1: $said"
}

# --- the commands ---

must_be_rendered() {
    if ! lacks_its_key "$rendered" && ! is_kms "$rendered"; then
        refuse "$rendered is not as hardener rendered it: run this from the output's folder"
    fi
}

must_be_installed() {
    [ -e "$keys" ] || refuse "there is no $keys: run install, or take on all hosts but the first"
    [ -n "$(titles "$keys")" ] || refuse "$keys is not in the form that this script writes"
    mend
}

# Goes on at STATE, says so if STEP is done already, and refuses everything else.
step() {
    state=$(state_of "$keys")
    if [ "$state" = "$2" ]; then
        say "done already: $(status_line)"
        exit 0
    fi
    [ "$state" = "$1" ] || refuse "out of order: $(status_line)"
}

status_line() {
    case $(state_of "$keys") in
        added) say "the new key only reads: restart every API server, then promote" ;;
        promoted) say "the new key writes: restart every API server, then reencrypt" ;;
        rewritten) say "everything was written by the new key: drop the old one" ;;
        *) say "no rotation is under way: add begins one" ;;
    esac
}

install_first() {
    if [ -e "$installed" ] && ! lacks_its_key "$installed" && ! cmp -s -- "$installed" "$rendered"; then
        refuse "$installed was not written by this script: copy it to $keys if it is in force, or remove it"
    fi
    sign=$(sign_of_life)
    if [ -n "$sign" ] && ! has_plain_text "$rendered"; then
        refuse "this cluster runs already (there is $sign). If its other hosts encrypt, take their keys;" \
            "if it stores in plain text, render with controlPlane.encryption.plaintext first"
    fi
    new=$(new_provider 1)
    store '' "$rendered" "$new$(plain_text)"
    say "$wrote $installed: restart the API server"
}

install_again() {
    mend
    if cmp -s -- "$keys" "$rendered"; then
        return 0
    fi
    must_be_rendered
    if [ "$(service_of "$keys")" != "$(service_of "$rendered")" ] && [ "$(state_of "$keys")" != added ]; then
        refuse "$keys encrypts by $(titles "$keys" | first_line), the profile asks for another provider:" \
            "add begins the change"
    fi
    had=$(resources_of "$keys") has=$(resources_of "$rendered") more=
    for each in $had; do
        is_chosen "$each" "$has" || refuse "$each could not be read any more: leave it in controlPlane.encryption.resources"
    done
    for each in $has; do
        is_chosen "$each" "$had" || more="$more $each"
    done
    install_change
}

# No key changes. What was stored in plain text until now must be read until it is written anew.
install_change() {
    held=$(provider "$keys" 1)
    if is_kms "$rendered"; then
        held=$(provider "$rendered" 1)
    fi
    if [ "$held" = "$(provider "$keys" 1)" ] && [ "$(head_of "$keys")" = "$(head_of "$rendered")" ]; then
        return 0
    fi
    [ -z "$(state_of "$keys")" ] || refuse "finish the rotation first: $(status_line)"
    if [ -n "$more" ] && [ -n "$(sign_of_life)" ]; then
        has_plain_text "$rendered" || refuse "stored in plain text so far, and not readable any more:$more;" \
            "render with controlPlane.encryption.plaintext first"
        held=$held$(plain_text)
    fi
    store '' "$rendered" "$held"
    say "$wrote $installed: restart the API server"
}

install() {
    if [ -e "$keys" ]; then
        install_again
    else
        must_be_rendered
        install_first
    fi
}

# Whoever has one of the two files must be able to read what is written by whoever has the other.
take() {
    if [ ! -f "$1" ] || lacks_its_key "$1" || [ -z "$(titles "$1")" ]; then
        refuse "$1 is no copy of an encryption.keys"
    fi
    if [ -e "$keys" ]; then
        is_among "$(provider "$1" 1)" "$keys" || refuse "this host cannot read what $1 writes by yet" \
            "($(titles "$1" | first_line)): take the file that add wrote first, and restart"
        is_among "$(provider "$keys" 1)" "$1" || refuse "$1 cannot read what this host writes by" \
            "($(titles "$keys" | first_line)): take the file that promote wrote first, and restart"
        is_no_step_back "$1" || refuse "$1 is older than what is in force here"
        mend
    fi
    if ! cmp -s -- "$1" "$keys"; then
        text=$(cat < "$1")
        put "$keys" "$text"
        put "$installed" "$text"
        say "$wrote $installed: remove $1, and restart the API server"
    fi
    [ -n "$check" ] || say "proof: $(proof)"
}

# Neither is a key taken back that another host may write by already, nor does an old key write again.
is_no_step_back() {
    case $(state_of "$keys") in
        added) is_among "$(provider "$keys" 2)" "$1" ;;
        promoted | rewritten) [ "$(provider "$keys" 1)" = "$(provider "$1" 1)" ] ;;
        *) ;;
    esac
}

is_among() {
    number=1
    while other=$(provider "$2" "$number") && [ -n "$other" ]; do
        if [ "$other" = "$1" ]; then
            return 0
        fi
        number=$((number + 1))
    done
    return 1
}

status() {
    [ -e "$keys" ] || refuse "there is no $keys: run install, or take on all hosts but the first"
    cmp -s -- "$keys" "$installed" || say "$installed is not as $keys has it: run install"
    titles "$keys"
    say "proof: $(proof)"
    status_line
}

add() {
    must_be_rendered
    must_be_installed
    step '' added
    if is_kms "$rendered" && [ "$(service_of "$keys")" = "$(service_of "$rendered")" ]; then
        refuse "the key management service rotates its keys itself"
    fi
    number=$(titles "$keys" | sed -n 's/.* key\([0-9][0-9]*\)$/\1/p' | sort -n | tail -n 1)
    new=$(new_provider $((number + 1)))
    store added "$keys" "$(provider "$keys" 1; printf '%s\n' "$new")"
    say "$wrote $installed with a new key: take it on the other hosts, and restart every API server; then promote"
}

promote() {
    must_be_installed
    step added promoted
    every_server_was_restarted
    store promoted "$keys" "$(provider "$keys" 2; provider "$keys" 1)"
    say "$wrote $installed: take it on the other hosts, and restart every API server; then reencrypt"
}

reencrypt() {
    must_be_installed
    step promoted rewritten
    every_server_was_restarted
    served=$(kubectl api-resources --verbs=list,patch -o name) || refuse "the API server does not say what it serves"
    chosen=$(resources_of "$keys")
    for resource in $served; do
        if is_chosen "$resource" "$chosen"; then
            [ -n "$check" ] || rewrite "$resource"
            say "$resource: ${check:+would be }written anew"
        fi
    done
    store rewritten "$keys" "$(provider "$keys" 1; provider "$keys" 2)"
}

drop() {
    must_be_installed
    step rewritten ''
    every_host_took_it
    if [ "$written" -gt "$(stat -c %Y -- "$installed")" ]; then
        store promoted "$keys" "$(provider "$keys" 1; provider "$keys" 2)"
        refuse "a host took the file after all was written anew, and may have written by the old key until then:" \
            "restart every API server, then reencrypt again"
    fi
    store '' "$keys" "$(provider "$keys" 1)"
    say "$wrote $installed with one key: take it on the other hosts, and restart every API server"
}

# --- the command line ---

for word in "$@"; do
    case $word in -h | --help) show_help ;; esac
done
check= changes= wrote=wrote
if [ "${1-}" = --check ]; then
    check=yes wrote='would write'
    shift
fi
command=install file= proofs=
case ${1-} in
    '' | /*) ;;
    take)
        [ "$#" -ge 2 ] || wrong "take is given no file"
        command=take file=$2
        shift 2
        ;;
    install | status | add)
        command=$1
        shift
        ;;
    promote | reencrypt | drop)
        command=$1
        shift
        for word in "$@"; do
            case $word in
                /*) break ;;
                *:*:*) proofs="$proofs $word" && shift ;;
                *) break ;;
            esac
        done
        ;;
    *) wrong "no command is called $1" ;;
esac
case ${1-/etc/kubernetes/hardener} in
    /*) folder=${1-/etc/kubernetes/hardener} ;;
    *) wrong "the folder is no absolute path: $1" ;;
esac
[ "$#" -le 1 ] || wrong "not understood: $2"
needs cmp diffutils
needs grep grep
needs sed sed
needs base64 coreutils
rendered=$(dirname -- "$0")/encryption-configuration.yaml
installed=$folder/encryption-configuration.yaml
keys=$folder/encryption.keys
case $check$command in
    install | take) mkdir -p -- "$folder" ;;
    *) ;;
esac
# Of two runs at once one is refused, where the host has util-linux.
if [ -d "$folder" ] && command -v flock > /dev/null; then
    exec 9< "$folder"
    flock -n 9 || refuse "another run is at work in $folder"
fi
"$command" ${file:+"$file"}
[ -z "$changes" ]
