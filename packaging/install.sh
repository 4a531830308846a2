#!/bin/sh
# Installs ecs-host from its releases, and checks what it downloads against the checksums of the release.
#
#   curl --fail --silent --show-error --location \
#     https://github.com/ecs-host/ecs-host/releases/download/v4.0.0/install.sh | sh
#
# Arguments follow `sh -s --`. It needs a POSIX shell, tar, gzip, and curl or wget.
set -eu

default_version=4.0.0
default_releases=https://github.com/ecs-host/ecs-host/releases/download

usage() {
    cat <<END
Installs ecs-host from its releases, and checks what it downloads.

  install.sh [--version VERSION] [--to FOLDER] [--sums-sha256 DIGEST] [--from URL] [--libc gnu|musl]

  --version      release to install [default: $default_version]
  --to           folder of the program [default: /usr/local/bin if it can be
                 written, or ~/.local/bin]
  --sums-sha256  SHA-256 that the file SHA256SUMS of the release must have; who
                 can change the release cannot change what you pin
  --from         where the releases are: URL/vVERSION/FILE
                 [default: $default_releases]
  --libc         gnu for glibc from 2.17 on, or musl: static, for every Linux
                 [default: what this system has]
END
}

say() { printf 'install.sh: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Downloads into a file.
fetch() { # URL FILE
    case $1 in
    https://*) protocols='=https' ;;
    http://127.0.0.1:* | http://localhost:*) protocols='=http,https' ;;
    *)
        [ -n "$sums_sha256" ] || fail "$1 is not encrypted, so the checksums there prove nothing: pass --sums-sha256, or an https URL by --from"
        protocols='=http,https'
        ;;
    esac
    if have curl; then
        curl --fail --silent --show-error --location --proto "$protocols" --retry 3 --connect-timeout 30 \
            --speed-limit 1 --speed-time 60 --output "$2" "$1" 2>"$tmp/errors" ||
            fail "cannot download $1: $(tail -n 1 "$tmp/errors")"
    elif have wget; then
        wget -T 60 -O "$2" "$1" 2>"$tmp/errors" ||
            fail "cannot download $1: $(grep . "$tmp/errors" | tail -n 1)${version:+ (does the release v$version exist?)}"
        # It has no flag for what curl has in --proto.
        if [ "$protocols" = '=https' ] && [ -z "$sums_sha256" ] && grep -q '^Location: http://' "$tmp/errors"; then
            fail "$1 redirects to an address that is not encrypted: pass --sums-sha256, or install curl"
        fi
        # Some builds of busybox. Who can answer instead of the server could then send other checksums, too.
        if grep -q 'certificate validation not implemented' "$tmp/errors" && [ -z "$sums_sha256" ]; then
            fail 'this wget does not check certificates: install curl, or pass --sums-sha256'
        fi
    else
        fail 'neither curl nor wget is installed: install one of them'
    fi
}

sha256() { # FILE
    if have sha256sum; then
        sha256sum <"$1"
    elif have shasum; then
        shasum -a 256 <"$1"
    elif have openssl; then
        openssl dgst -sha256 -r <"$1"
    else
        fail 'no program computes SHA-256: install sha256sum, shasum or openssl'
    fi | cut -d ' ' -f 1
}

verify() { # FILE DIGEST NAME SOURCE
    actual=$(sha256 "$1")
    [ "$actual" = "$2" ] || fail "$3 has SHA-256 $actual, and $4 states $2: nothing is installed"
}

# The C library that programs of this system have: glibc from 2.17 on, or another one.
find_libc() {
    found=$(getconf GNU_LIBC_VERSION 2>/dev/null) || found=''
    case $found in
    'glibc 2.'[0-9] | 'glibc 2.1'[0-6] | 'glibc 2.'[0-9].* | 'glibc 2.1'[0-6].*) echo musl ;;
    'glibc '*) echo gnu ;;
    *) echo musl ;;
    esac
}

# All of it is in a function, so that a download that breaks off runs nothing.
main() {
    version=$default_version releases=$default_releases folder='' sums_sha256='' libc=''
    while [ "$#" -gt 0 ]; do
        case $1 in
        --help | -h) usage; exit ;;
        --version | --to | --from | --libc | --sums-sha256)
            [ "$#" -gt 1 ] || fail "$1 requires a value"
            case $1 in
            --version) version=${2#v} ;;
            --to) folder=$2 ;;
            --from) releases=${2%/} ;;
            --libc) libc=$2 ;;
            --sums-sha256)
                # Such as a variable that is not set: whoever pins wants no other release.
                [ -n "$2" ] || fail '--sums-sha256 is empty'
                sums_sha256=$(printf '%s' "$2" | tr 'A-F' 'a-f')
                ;;
            esac
            shift 2
            ;;
        *) usage >&2; fail "unknown argument $1" ;;
        esac
    done
    # It becomes a part of a URL and of a path.
    case $version in '' | *[!0-9A-Za-z.+-]*) fail "invalid version \"$version\"" ;; esac
    # What is in front of it is no host.
    case $releases in *@*) fail "invalid --from \"$releases\": there is an @ in it" ;; esac
    case $libc in '' | gnu | musl) ;; *) fail "invalid --libc \"$libc\": gnu or musl" ;; esac

    [ "$(uname -s)" = Linux ] || fail "ecs-host is built for Linux, and this is $(uname -s): use the container image, or build it from source"
    case $(uname -m) in
    x86_64 | amd64) processor=x86_64 ;;
    aarch64 | arm64) processor=aarch64 ;;
    *) fail "ecs-host is built for x86_64 and aarch64, and this is $(uname -m): build it from source" ;;
    esac
    have tar || fail 'tar is not installed'

    umask 022 # The program is for all users, whatever they may see of other files.
    new=''
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp" ${new:+"$new"}' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM

    fetch "$releases/v$version/SHA256SUMS" "$tmp/SHA256SUMS"
    [ -z "$sums_sha256" ] || verify "$tmp/SHA256SUMS" "$sums_sha256" SHA256SUMS --sums-sha256

    # The static program serves a system with glibc, too, if the release has no other.
    target='' digest=''
    case ${libc:-$(find_libc)}:$libc in gnu:gnu) kinds=gnu ;; gnu:) kinds='gnu musl' ;; *) kinds=musl ;; esac
    for kind in $kinds; do
        name=ecs-host-$version-$processor-unknown-linux-$kind
        digest=$(awk -v file="$name.tar.gz" '$2 == file || $2 == "*" file { print $1; exit }' "$tmp/SHA256SUMS")
        if [ -n "$digest" ]; then
            target=$processor-unknown-linux-$kind
            break
        fi
    done
    [ -n "$target" ] || fail "SHA256SUMS of release v$version has no checksum of $name.tar.gz: nothing is installed"

    fetch "$releases/v$version/$name.tar.gz" "$tmp/archive.tar.gz"
    verify "$tmp/archive.tar.gz" "$digest" "$name.tar.gz" SHA256SUMS
    tar -xzf "$tmp/archive.tar.gz" -C "$tmp" "$name/ecs-host"
    if [ -z "$folder" ]; then
        folder=/usr/local/bin
        [ -w "$folder" ] || folder=${HOME:?is not set: pass --to}/.local/bin
    fi
    mkdir -p "$folder" || fail "cannot create $folder: name another folder by --to"
    [ ! -d "$folder/ecs-host" ] || fail "$folder/ecs-host is a folder: name another folder by --to"
    # Renamed at last, so that a program that runs is not overwritten.
    { new=$(mktemp "$folder/.ecs-host.XXXXXX") && cp "$tmp/$name/ecs-host" "$new" && chmod 755 "$new"; } ||
        fail "cannot write to $folder: name another folder by --to"
    started=$("$new" --version 2>&1) || fail "ecs-host for $target does not start in $folder: $started"
    mv -f "$new" "$folder/ecs-host" || fail "cannot write $folder/ecs-host: name another folder by --to"
    say "$started ($target) is in $folder"
    case :$PATH: in *":$folder:"*) ;; *) say "add $folder to PATH" ;; esac
}

# In braces, because a part of this line would run without the arguments.
{ main "$@"; exit; }
