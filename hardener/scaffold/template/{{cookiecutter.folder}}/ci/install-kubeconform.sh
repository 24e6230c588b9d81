#!/bin/sh
# Brings kubeconform, by its version and checksum, into a folder. Asks for curl, tar and sha256sum.
#
#     ci/install-kubeconform.sh FOLDER
set -eu
version=v0.8.0

[ $# -eq 1 ] || { printf '%s\n' "usage: ci/install-kubeconform.sh FOLDER" >&2; exit 2; }
case $(uname -sm) in
    "Linux x86_64") machine=amd64 sum=9bc2bffbf71f261128533edaf912153948b7ff238f9a531ae6d34466ec287883 ;;
    "Linux aarch64") machine=arm64 sum=1f53fc8e81258197a35e8603054162a5af1de8c5af13746c71ab680d9534ed87 ;;
    *) printf '%s\n' "no checksum is known for $(uname -sm)" >&2; exit 2 ;;
esac
mkdir -p -- "$1"
archive=$(mktemp)
trap 'rm -f -- "$archive"' EXIT
curl --fail --silent --show-error --location --proto '=https' --output "$archive" \
    "https://github.com/yannh/kubeconform/releases/download/$version/kubeconform-linux-$machine.tar.gz"
printf '%s  %s\n' "$sum" "$archive" | sha256sum --check --quiet
tar --extract --gzip --file "$archive" --directory "$1" kubeconform
