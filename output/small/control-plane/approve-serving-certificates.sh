#!/bin/sh
# Rendered by hardener from profile small. Change the profile, not this file.
# Approves the certificates that kubelets ask for, so that the API server can check whom it talks to. Nothing in Kubernetes
# does: kube-controller-manager signs such a request only once somebody has approved it. Asks for kubectl and openssl.
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
#     one by which pods know the API server,
#   - each address in it is one that this node has in the API, no other node has, and that lies in the profile's
#     cluster.networks.nodes or controlPlane, and
#   - an address of the control plane or of its API server is asked for by a node that an administrator has given the label
#     node-role.kubernetes.io/control-plane. A kubelet cannot give it to itself.
#
# A node that needs other names, such as a cloud's, has its request approved by hand: kubectl certificate approve NAME
set -eu
umask 077
export LC_ALL=C

# Where nodes have their addresses, and which of them are the control plane's.
node_networks() {
    tr -d '"' << 'END'
"192.168.10.0/24"
END
}
control_plane_networks() {
    tr -d '"' << 'END'
"192.168.10.0/29"
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

# What the certificate would be good for: a line for each name, with its kind as DER numbers it (82 DNS, 87 address) and
# its bytes. openssl's own listing would do, but for names that are made to look like several. Prints what fits nowhere
# if the request has no such list, or more than one.
names() {
    awk '
        function number(digits,   value, i) {
            value = 0
            for (i = 1; i <= length(digits); i++)
                value = value * 16 + index("123456789abcdef", substr(digits, i, 1))
            return value
        }
        # Reads the tag and the length at `at`, and goes on to what they announce.
        function enter(   first) {
            tag = substr(der, at, 2)
            first = number(substr(der, at + 2, 2))
            at += 4
            size = 2 * first
            if (first > 130 || first == 128) broken = 1
            else if (first > 128) {
                size = 2 * number(substr(der, at, 2 * (first - 128)))
                at += 2 * (first - 128)
            }
            if (at + size > length(der) + 1) broken = 1
        }
        {
            der = $0
            found = 0
            # The object identifier of subject alternative names, 2.5.29.17.
            for (i = 1; i + 10 <= length(der); i += 2)
                if (substr(der, i, 10) == "0603551d11") { found++; at = i + 10 }
            if (found != 1) { print "none"; exit }
            if (substr(der, at, 6) == "0101ff") at += 6
            enter()
            last = at + size
            if (tag != "04") broken = 1
            enter()
            if (tag != "30" || at + size != last || size == 0) broken = 1
            while (!broken && at < last) {
                enter()
                if (at + size > last) broken = 1
                list = list tag " " substr(der, at, size) "\n"
                at += size
            }
            if (broken) print "none"
            else printf "%s", list
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
            return left right
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
    case $groups in
        *'["system:nodes"'[],]* | *',"system:nodes"'[],]*) ;;
        *) printf '%s\n' "who asks is not in the group system:nodes"; return ;;
    esac
    case $(printf %s "$usages" | tr -d '[]"' | tr ',' '\n' | sort | tr '\n' ',') in
        'digital signature,server auth,' | 'digital signature,key encipherment,server auth,') ;;
        *) printf '%s\n' "it is not for serving alone"; return ;;
    esac
    openssl req -in "$work/request" -noout -subject -nameopt RFC2253 > "$work/subject" 2> "$work/said" &&
        openssl req -in "$work/request" -outform DER -out "$work/der" 2> "$work/said" ||
        { printf '%s\n' "it cannot be read"; return; }
    case $(sed 's/^subject= *//' "$work/subject") in
        "CN=$user,O=system:nodes" | "O=system:nodes,CN=$user") ;;
        *) printf '%s\n' "it is in another name than the node's"; return ;;
    esac
    hexadecimal < "$work/der" | names > "$work/names"
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

# Texts that somebody else chose come last, or as JSON, so that none can pass for another.
fields='{.metadata.uid}{"\n"}{.metadata.resourceVersion}{"\n"}{.spec.signerName}{"\n"}{.status.conditions}{"\n"}'
fields="$fields"'{.spec.usages}{"\n"}{.spec.groups}{"\n"}{.spec.request}{"\n"}{.spec.username}'

decide() {
    case $1 in *[!A-Za-z0-9.:_-]*) printf '%s\n' "left alone: a request with an odd name" >&2; return ;; esac
    ask get certificatesigningrequests "$1" -o jsonpath="$fields" > "$work/fields" || return 0
    uid=$(field 1) revision=$(field 2) signer=$(field 3) conditions=$(field 4)
    usages=$(field 5) groups=$(field 6) user=$(field '8,$')
    [ -z "$conditions" ] || return 0
    field 7 | openssl base64 -d -A > "$work/request"
    against=$(reason_against)
    if [ -n "$against" ]; then
        printf 'left alone: %s: %s\n' "$1" "$against" >&2
    elif approve "$1"; then
        printf 'approved: %s of %s\n' "$1" "$user"
    fi
}

ask get nodes -o jsonpath='{range .items[*]}node {.metadata.name} {.status.addresses}{"\n"}{end}' > "$work/nodes"
ask get nodes -l node-role.kubernetes.io/control-plane -o jsonpath='{range .items[*]}leader {.metadata.name}{"\n"}{end}' \
    >> "$work/nodes"
ask get certificatesigningrequests \
    -o jsonpath='{range .items[*]}{.metadata.name}{" "}{.status.conditions[*].type}{"\n"}{end}' > "$work/requests"
while read -r name decided; do
    [ -n "$decided" ] || [ -z "$name" ] || decide "$name"
done < "$work/requests"
