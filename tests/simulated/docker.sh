#!/bin/sh
# The docker command line of the tests without docker: `build` and `push` as ecs-host calls them. An image is a
# file with a digest, of the context's files; images and registries are folders beside this script.
set -eu
here=$(dirname "$0")

fail() { echo "ERROR: $*" >&2; exit 1; }

write_digest() { # FILE
    mkdir -p "$(dirname "$1")"
    echo "$digest" >"$1"
}

case $1 in
version) echo 'Client: a script' ;;
build)
    for context; do :; done # the last argument
    [ -d "$context" ] || fail "unable to prepare context: path \"$context\" not found"
    # POSIX has a checksum of 32 bits, and decimal digits are hexadecimal ones.
    sum=$(find "$context" -type f | LC_ALL=C sort | while read -r file; do cat "$file"; done | cksum)
    digest=sha256:$(printf '%064d' "$(echo "$sum" | tr -d ' ')")
    for argument; do
        case $argument in --tag=*) write_digest "$here/images/${argument#--tag=}" ;; esac
    done
    echo "built $digest"
    ;;
push)
    [ -e "$here/images/$2" ] || fail "An image does not exist locally with the tag: $2"
    digest=$(cat "$here/images/$2")
    write_digest "$here/registry/${2%:*}/${2##*:}"
    echo "${2##*:}: digest: $digest size: 528"
    ;;
*) fail "unknown command: docker $1" ;;
esac
