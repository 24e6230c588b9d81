#!/bin/sh
# What a change must pass before it is merged. Both CIs call it, and so may anybody. It installs nothing and changes
# nothing but FILE.
#
#     ci/check.sh [--diff FILE] [REVISION]
#       REVISION      the branch into which the change goes, origin/{{ cookiecutter.branch }} unless given; where nothing was
#                     ever fetched, there is nothing to compare with then
#       --diff FILE   write what changes, as markdown for a comment, to FILE instead of standard output
#
# It asks for hardener and git, and for kubeconform where KUBECONFORM is set to required; without it, manifests are checked
# by hardener alone. KUBECONFORM_SCHEMAS says where kubeconform finds its schemas, FAIL_ON (never, weaker or any) which
# changes are a no. Ends with 1 if the answer is no, with 2 if it could not do its work.
set -eu
usage="usage: ci/check.sh [--diff FILE] [REVISION]"

# Says in one line what is wrong, and how this is used.
wrong() {
    printf '%s\n' "$1" "$usage" >&2
    exit 2
}

# needs PROGRAM WHERE: where it comes from.
needs() {
    command -v "$1" > /dev/null || { printf '%s\n' "$1 is missing: $2" >&2; exit 2; }
}

review=
while :; do
    case ${1-} in
        -h | --help) sed -e 1d -e '/^[^#]/,$d' -e 's/^# \{0,1\}//' -- "$0"; exit 0 ;;
        --diff) [ -n "${2-}" ] || wrong "no file is named"; review=$2; shift ;;
        -*) wrong "not understood: $1" ;;
        *) break ;;
    esac
    shift
done
[ $# -le 1 ] || wrong "more than one revision is named"
revision=${1:-origin/{{ cookiecutter.branch }}}
needs hardener "pip install -r ci/requirements.txt"
needs git "install the package git"
case $review in '' | /*) ;; *) review=$PWD/$review ;; esac
cd -- "$(dirname -- "$0")/.."

# Was nothing ever fetched here? A clone that has only some branches is another matter: there, something is wrong.
fresh() {
    case $(LC_ALL=C git rev-parse --git-dir 2>&1) in *"not a git repository"*) return 0 ;; esac
    fetched=$(git for-each-ref --count=1 refs/remotes) && [ -z "$fetched" ]
}

base=
if [ $# -eq 0 ] && fresh; then
    printf '%s\n' "there is no $revision here yet: there is nothing to compare with" >&2
else
    base=$(git merge-base "$revision" HEAD 2> /dev/null) || wrong "git knows no commit that this and $revision have in common"
    base=$(git rev-parse --short "$base")
fi
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
worst=0

# answered CODE: remembers the worst answer so far.
answered() {
    [ "$1" -le "$worst" ] || worst=$1
}

# The kinds that Kubernetes itself does not define have no schema among its own.
validate() {
    for folder in output/*/manifests; do
        version=$(sed -n 's/.*"kubernetes": *"\([0-9.]*\)".*/\1/p' "${folder%/manifests}/profile.json" | head -n 1)
        kubeconform -strict -summary -kubernetes-version "$version.0" \
            -schema-location "${KUBECONFORM_SCHEMAS:-default}" \
            -skip Kustomization,CiliumNetworkPolicy "$folder" || answered 1
    done
}

{% if cookiecutter.delivery == "argocd" %}
# listed KEY NAME: does the project name it? Argo CD writes nothing else: what is missing there would never arrive.
listed() {
    grep -q "$1: \"\{0,1\}$2\"\{0,1\}}" delivery/argocd/project.yaml
}

missing() {
    printf '%s\n' "delivery/argocd/project.yaml: the namespace $1 is missing among its $2: Argo CD would not write it"
    answered 1
}

covered() {
    for folder in output/{{ cookiecutter.name }}/manifests/namespaces/*/; do
        name=$(basename -- "$folder")
        listed "kind: Namespace, name" "$name" || missing "$name" clusterResourceWhitelist
        # Of a namespace of the system, the Namespace itself is all that is rendered.
        [ "$(ls "$folder")" = namespace.yaml ] || listed "namespace" "$name" || missing "$name" destinations
    done
}

{% endif %}
# differences FILE: what a change of one profile means.
differences() {
    code=0
    if ! [ -e "$1" ]; then
        printf '%s\n\n' "**$1 was removed.** What it rendered to is no longer applied or guarded by anybody."
    elif [ -z "$base" ] || ! git cat-file -e "$base:$1" 2> /dev/null; then
        printf '%s\n\n' "**$1 is new.** There is nothing to compare it with: read all of it."
    else
        hardener diff --format markdown --fail-on "${FAIL_ON:-never}" "$base:$1" "$1" || code=$?
        printf '\n'
    fi
    return "$code"
}

# Names what cannot be a profile by itself, once hardener has said no: only a hint where such a file belongs.
bases() {
    for file in profiles/*.yaml; do
        grep -Eq '^(kind|extends):' "$file" || printf '%s\n' \
            "$file says neither kind nor extends: if others extend it, its place is profiles/bases/" >&2
    done
}

hardener check profiles/*.yaml || { answered $?; bases; }
if command -v kubeconform > /dev/null; then
    validate
elif [ "${KUBECONFORM:-}" = required ]; then
    needs kubeconform "ci/install-kubeconform.sh FOLDER"
else
    printf '%s\n' "kubeconform is not here: the manifests were not compared with the schemas of Kubernetes" >&2
fi
{% if cookiecutter.delivery == "argocd" %}
covered
{% endif %}

# The first line is how CI finds its own comment again.
printf '%s\n' '<!-- hardener -->' > "$work/review.md"
{ [ -z "$base" ] || git ls-tree --name-only "$base" profiles/; printf '%s\n' profiles/*.yaml; } | sort -u > "$work/files"
while IFS= read -r file; do
    case $file in profiles/*.yaml) differences "$file" >> "$work/review.md" || answered $? ;; esac
done < "$work/files"
[ "$worst" -eq 0 ] || printf '%s\n' "> [!WARNING]" "> \`ci/check.sh\` says no: see what it printed." >> "$work/review.md"
if [ -n "$review" ]; then cp -- "$work/review.md" "$review"; else cat -- "$work/review.md"; fi
exit "$worst"
