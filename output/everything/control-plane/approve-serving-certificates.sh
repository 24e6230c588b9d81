#!/bin/sh
# Rendered by hardener from profile everything. Change the profile, not this file.
# Approves the certificates that kubelets ask for, so that the API server can check whom it talks to. Nothing in Kubernetes
# does: kube-controller-manager signs such a request only once somebody has approved it. Asks for kubectl.
#
# To install it, as an administrator on a host of the control plane (on several it does no harm):
#
#     kubectl apply -f approve-serving-certificates.yaml
#     umask 077
#     cp approve-serving-certificates.sh /etc/kubernetes/hardener/
#     kubeadm kubeconfig user --config kubeadm.yaml --client-name hardener:serving-approver \
#         > /etc/kubernetes/hardener/serving-approver.conf
#     cp approve-serving-certificates.service approve-serving-certificates.timer /etc/systemd/system/
#     systemctl enable --now approve-serving-certificates.timer
#
# The certificate in serving-approver.conf ends after a year: make it anew before, as above. It may read nodes and requests,
# and approve what kubelets serve with; no more (approve-serving-certificates.yaml).
#
# A request is approved if all of this holds, and is left alone and named otherwise:
#
#   - it is for the signer kubernetes.io/kubelet-serving, and for serving alone,
#   - a node asks, in its own name, for a certificate in its own name,
#   - each DNS name in it is the node's name, since whatever else a node says of itself nobody has checked, and that is not
#     one by which the API server is known (cluster.apiServer.endpoint, and what pods call it),
#   - each address in it is one that this node has in the API, no other node has, and that lies in the profile's
#     cluster.networks.nodes or controlPlane, and
#   - one that lies in cluster.networks.controlPlane, or is the API server's (cluster.apiServer), is asked for by a node that
#     an administrator has given the label node-role.kubernetes.io/control-plane. A kubelet cannot give it to itself.
#
# A node that needs other names, such as a cloud's, has its request approved by hand: kubectl certificate approve NAME
#
# With --check it approves nothing, says what it would approve, and ends with 1 if there is anything.
#
# It ends with 1 if a request to serve was left alone, or if the API server refused something, so that the unit fails and
# somebody looks. With 2, its command line is wrong: it takes nothing but --check and --help.
set -eu
umask 077
export LC_ALL=C
usage="usage: approve-serving-certificates.sh [--check]"

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
case ${1-} in
    -h | --help) show_help ;;
    --check)
        check=yes
        shift
        ;;
esac
[ $# -eq 0 ] || wrong "not understood: $1"
needs kubectl "kubectl (of pkgs.k8s.io)"
needs awk mawk
needs grep grep
needs sed sed
needs od coreutils

# Where nodes have their addresses, and which of them are the control plane's.
node_networks() {
    tr -d '"' << 'END'
"192.168.30.0/24"
END
}
control_plane_networks() {
    tr -d '"' << 'END'
"192.168.30.0/29"
END
}
# By which the API server is reached from outside.
api_server_names() {
    tr -d '"' << 'END'
END
}

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' HUP INT TERM

ask() {
    kubectl --cache-dir="$work/cache" "$@"
}

# A text as hexadecimal digits.
hexadecimal() {
    od -An -v -tx1 | tr -d ' \n'
}

# DER as PEM, to the letter as kubelets write it. Programs differ in what else they take for PEM, and where it ends.
as_pem() {
    printf '%s\n' '-----BEGIN CERTIFICATE REQUEST-----'
    base64 -w 64
    printf '%s\n' '-----END CERTIFICATE REQUEST-----'
}

# What a request asks for: a line for each part of its subject, with object identifier and bytes, and one for each name
# that the certificate would be good for, with its kind as DER numbers it (82 DNS, 87 address) and its bytes. Reads DER,
# and only what a kubelet writes: the subject, the key, and one extension. Whatever has another shape could be read
# in another way by whoever signs it. Prints what fits nowhere then.
read_request() {
    awk '
        function number(digits,   value, i) {
            value = 0
            for (i = 1; i <= length(digits); i++)
                value = value * 16 + index("123456789abcdef", substr(digits, i, 1))
            return value
        }
        # Goes into what begins at `at` and has this tag (any, if it is empty), and gives where it ends: not behind `limit`.
        function enter(wanted, limit,   size, digits) {
            tag = substr(der, at, 2)
            size = number(substr(der, at + 2, 2))
            at += 4
            if (size == 129 || size == 130) {
                digits = 2 * (size - 128)
                size = number(substr(der, at, digits))
                at += digits
                if (size < 128 || (digits == 4 && size < 256)) broken = 1
            } else if (size > 127) broken = 1
            if ((wanted != "" && tag != wanted) || at + 2 * size > limit) broken = 1
            return at + 2 * size
        }
        # The same for what must reach up to `limit`.
        function fill(wanted, limit) {
            if (enter(wanted, limit) != limit) broken = 1
        }
        function content(end,   bytes) {
            bytes = substr(der, at, end - at)
            at = end
            return bytes
        }
        function literal(bytes) {
            if (substr(der, at, length(bytes)) != bytes) broken = 1
            at += length(bytes)
        }
        # Names of which each part is a text that everybody reads alike, in UTF-8 or in fewer letters.
        function subject(end,   part, identifier) {
            while (!broken && at < end) {
                part = enter("31", end)
                fill("30", part)
                identifier = content(enter("06", part))
                fill("", part)
                if (tag != "0c" && tag != "13") broken = 1
                print "subject", identifier, content(part)
            }
        }
        # The attributes: extensionRequest, 1.2.840.113549.1.9.14, and in it subjectAltName, 2.5.29.17.
        function names(end) {
            fill("a0", end)
            fill("30", end)
            literal("06092a864886f70d01090e")
            fill("31", end)
            fill("30", end)
            fill("30", end)
            literal("0603551d11")
            if (substr(der, at, 6) == "0101ff") at += 6
            fill("04", end)
            fill("30", end)
            if (at == end) broken = 1
            while (!broken && at < end) {
                last = enter("", end)
                print tag, content(last)
            }
        }
        {
            der = $0
            at = 1
            whole = length(der) + 1
            fill("30", whole)
            end = enter("30", whole)
            literal("020100")
            subject(enter("30", end))
            at = enter("30", end)
            names(end)
            if (broken) print "broken"
        }'
}

# Prints what is wrong with the addresses of a request, if anything is. Reads lines: `node NAME ADDRESSES` as the API has
# them, `leader NAME`, `network RANGE` and `control RANGE`, and at last `asked BYTES`.
wrong_addresses() {
    awk -v node="$1" '
        function four(text,   part, n, i, digits) {
            n = split(text, part, ".")
            if (n != 4) return ""
            for (i = 1; i <= 4; i++) {
                if (part[i] !~ /^[0-9]+$/ || part[i] > 255) return ""
                digits = digits sprintf("%02x", part[i])
            }
            return digits
        }
        function groups(text,   part, n, i, digits) {
            n = text == "" ? 0 : split(text, part, ":")
            for (i = 1; i <= n; i++) {
                if (part[i] !~ /^[0-9a-f][0-9a-f]?[0-9a-f]?[0-9a-f]?$/) return "-"
                digits = digits substr("000" part[i], length(part[i]))
            }
            return digits
        }
        # The bytes of an address, as hexadecimal digits; nothing for what is none.
        function bytes(text,   half, n, left, right) {
            if (text ~ /\./) return four(text)
            n = split(tolower(text), half, "::")
            if (n > 2 || text !~ /:/) return ""
            left = groups(half[1])
            right = n == 2 ? groups(half[2]) : ""
            if (left right ~ /-/ || (n == 1) != (length(left) == 32) || length(left right) > 32) return ""
            while (length(left right) < 32) left = left "0"
            # An IPv4 address that is written as one of IPv6: whoever signs makes four bytes of it.
            return left right ~ /^00000000000000000000ffff/ ? "" : left right
        }
        function within(address, range,   part, base, whole, rest, step) {
            split(range, part, "/")
            base = bytes(part[1])
            if (length(base) != length(address)) return 0
            whole = int(part[2] / 4)
            rest = part[2] % 4
            if (substr(address, 1, whole) != substr(base, 1, whole)) return 0
            step = 2 ^ (4 - rest)
            return int(digit(address, whole + 1) / step) == int(digit(base, whole + 1) / step)
        }
        function digit(text, at) {
            return index("123456789abcdef", substr(text, at, 1))
        }
        function inside(address, ranges, count,   i) {
            for (i = 1; i <= count; i++) if (within(address, ranges[i])) return 1
            return 0
        }
        $1 == "node" {
            n = split($0, piece, "\"address\":\"")
            for (i = 2; i <= n; i++) {
                address = bytes(substr(piece[i], 1, index(piece[i], "\"") - 1))
                if (address != "") { if ($2 == node) own[address] = 1; else others[address] = $2 }
            }
        }
        $1 == "leader" { leader[$2] = 1 }
        $1 == "network" { networks[++count] = $2 }
        $1 == "control" { control[++guarded] = $2; networks[++count] = $2 }
        $1 == "asked" {
            if (!($2 in own)) print "an address that the node does not have in the API"
            else if ($2 in others) print "an address that node " others[$2] " has as well"
            else if (!inside($2, networks, count)) print "an address outside of the profile'"'"'s networks"
            else if (inside($2, control, guarded) && !(node in leader)) print "an address of the control plane"
        }'
}

# Prints why the request that lies in $work must not be approved; nothing if it may be.
reason_against() {
    [ "$signer" = kubernetes.io/kubelet-serving ] || { printf '%s\n' "it is for another signer"; return; }
    node=${user#system:node:}
    case $node in '' | "$user" | *[!a-z0-9.-]*) printf '%s\n' "no node asks for it"; return ;; esac
    # Who holds a token to join with may choose a name.
    case $node in localhost | kubernetes | kubernetes.*) printf '%s\n' "its name is the API server's"; return ;; esac
    if api_server_names | grep -qxF -e "$node"; then printf '%s\n' "its name is the API server's"; return; fi
    case $groups in
        *'["system:nodes"'[],]* | *',"system:nodes"'[],]*) ;;
        *) printf '%s\n' "who asks is not in the group system:nodes"; return ;;
    esac
    case $(printf %s "$usages" | tr -d '[]"' | tr ',' '\n' | sort | tr '\n' ',') in
        'digital signature,server auth,' | 'digital signature,key encipherment,server auth,') ;;
        *) printf '%s\n' "it is not for serving alone"; return ;;
    esac
    printf %s "$request" | base64 -d | sed '/^-/d' | base64 -d > "$work/der" 2> "$work/said" &&
        [ "$(as_pem < "$work/der" | base64 -w 0)" = "$request" ] ||
        { printf '%s\n' "it is not written as kubelets do"; return; }
    hexadecimal < "$work/der" | read_request > "$work/read"
    case $(grep '^subject ' "$work/read" | sort | tr '\n' ',') in
        "subject 550403 $(printf %s "$user" | hexadecimal),subject 55040a $(printf system:nodes | hexadecimal),") ;;
        *) printf '%s\n' "it is in another name than the node's"; return ;;
    esac
    grep -v '^subject ' "$work/read" > "$work/names" || :
    own_name="82 $(printf %s "$node" | hexadecimal)"
    while IFS= read -r name; do
        case $name in
            "$own_name") ;;
            '87 '*) ;;
            '82 '*) printf '%s\n' "a DNS name that is not the node's"; return ;;
            *) printf '%s\n' "a name that is neither for DNS nor an address, or none at all"; return ;;
        esac
    done < "$work/names"
    {
        cat "$work/nodes"
        node_networks | sed 's/^/network /'
        control_plane_networks | sed 's/^/control /'
        sed -n 's/^87 /asked /p' "$work/names"
    } | wrong_addresses "$node" | head -n 1
}

# Approves exactly what was read: the API server refuses this if the request has changed or is another one by now.
approve() {
    printf '{"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest",%s,%s}' \
        "\"metadata\":{\"name\":\"$1\",\"uid\":\"$uid\",\"resourceVersion\":\"$revision\"}" \
        '"status":{"conditions":[{"type":"Approved","status":"True","reason":"ServingCertificate","message":"Names and addresses are the node'"'"'s own."}]}' |
        ask replace --raw "/apis/certificates.k8s.io/v1/certificatesigningrequests/$1/approval" -f - > "$work/answer"
}

field() {
    sed -n "$1p" "$work/fields"
}

# Texts that somebody else chose come last, or as JSON, so that none can pass for another; the dot keeps a line's end.
fields='{.metadata.uid}{"\n"}{.metadata.resourceVersion}{"\n"}{.spec.signerName}{"\n"}{.status.conditions}{"\n"}'
fields="$fields"'{.spec.usages}{"\n"}{.spec.groups}{"\n"}{.spec.request}{"\n"}{.spec.username}.'

decide() {
    # Whoever asks chooses what it is called: an option of kubectl's, for one.
    case $1 in
        -* | *[!A-Za-z0-9.:_-]*)
            printf '%s\n' "left alone: a request with an odd name" >&2
            status=1
            return
            ;;
    esac
    ask get certificatesigningrequests "$1" --ignore-not-found -o jsonpath="$fields" > "$work/fields" || status=1
    # What is gone by now needs no answer.
    [ -s "$work/fields" ] || return 0
    uid=$(field 1) revision=$(field 2) signer=$(field 3) conditions=$(field 4)
    usages=$(field 5) groups=$(field 6) request=$(field 7) user=$(field '8,$')
    user=${user%.}
    [ -z "$conditions" ] || return 0
    against=$(reason_against)
    if [ -n "$against" ]; then
        printf 'left alone: %s: %s\n' "$1" "$against" >&2
        # What is for another signer is for somebody else to decide.
        [ "$signer" != kubernetes.io/kubelet-serving ] || status=1
    elif [ -n "$check" ]; then
        printf 'would be approved: %s of %s\n' "$1" "$user"
        status=1
    elif approve "$1"; then
        printf 'approved: %s of %s\n' "$1" "$user"
    else
        printf 'not approved: %s of %s: the API server refused it\n' "$1" "$user" >&2
        status=1
    fi
}

status=0

ask get nodes -o jsonpath='{range .items[*]}node {.metadata.name} {.status.addresses}{"\n"}{end}' > "$work/nodes"
ask get nodes -l node-role.kubernetes.io/control-plane -o jsonpath='{range .items[*]}leader {.metadata.name}{"\n"}{end}' \
    >> "$work/nodes"
ask get certificatesigningrequests \
    -o jsonpath='{range .items[*]}{.metadata.name}{" "}{.status.conditions[*].type}{"\n"}{end}' > "$work/requests"
while read -r name decided; do
    [ -n "$decided" ] || [ -z "$name" ] || decide "$name"
done < "$work/requests"
exit "$status"
