#!/bin/sh
# The docker command line of the tests without docker: `build`, `buildx build` and `push` as ecs-host calls them. An image
# is a file with a digest, of the context's files; images and registries are folders beside this script. Without buildx if
# the variable NO_BUILDX is set; with BUILDX_DRIVER=docker, its builder is the engine's own.
set -eu
here=$(dirname "$0")

fail() { echo "ERROR: $*" >&2; exit 1; }

# The calls that docker makes through the registry, to the simulator at the port of the variable ECR_PORT.
call_ecr() { # ACTION REPOSITORY
    [ -n "${ECR_PORT:-}" ] || return 0
    body="{\"repositoryName\": \"$2\"}"
    answer=$(bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$ECR_PORT"
        printf "POST / HTTP/1.1\r\nhost: ecr\r\nconnection: close\r\nx-amz-target: AmazonEC2ContainerRegistry_V20150921.%s\r\ncontent-length: %s\r\n\r\n%s" "$1" "${#2}" "$2" >&3
        cat <&3' call "$1" "$body")
    case $answer in
    *'is not authorized to perform'*)
        echo "denied: User: ${answer#*User: }" | tr -d '"}' >&2
        exit 1
        ;;
    esac
}

write_digest() { # FILE
    mkdir -p "$(dirname "$1")"
    echo "$digest" >"$1"
}

push() { # IMAGE
    repository=${1#*/}
    for action in BatchCheckLayerAvailability InitiateLayerUpload UploadLayerPart CompleteLayerUpload BatchGetImage \
        PutImage; do
        call_ecr "$action" "${repository%:*}"
    done
    write_digest "$here/registry/${1%:*}/${1##*:}"
}

# As buildx does: its messages are those of version 0.13.
unsupported() { # WHAT PAGE
    echo "ERROR: $1 is not supported for the docker driver." >&2
    echo 'Switch to a different driver, or turn on the containerd image store, and try again.' >&2
    echo "Learn more at https://docs.docker.com/go/$2/" >&2
    exit 1
}

is_buildx=
if [ "$1" = buildx ]; then
    if [ -n "${NO_BUILDX:-}" ]; then
        echo "docker: 'buildx' is not a docker command." >&2
        exit 1
    fi
    is_buildx=yes
    shift
fi

case $1 in
version) echo 'Client: a script' ;;
build)
    for context; do :; done # the last argument
    [ -d "$context" ] || fail "unable to prepare context: path \"$context\" not found"
    # POSIX has a checksum of 32 bits, and decimal digits are hexadecimal ones.
    sum=$(find "$context" -type f | LC_ALL=C sort | while read -r file; do cat "$file"; done | cksum)
    digest=sha256:$(printf '%064d' "$(echo "$sum" | tr -d ' ')")
    is_pushed='' metadata=''
    for argument; do
        case $argument in
        --push | --load | --metadata-file=* | --secret=* | --ssh=* | --cache-* | --build-context=*)
            [ -n "$is_buildx" ] || fail "unknown flag: $argument"
            ;;
        esac
        case $argument in
        --push) is_pushed=yes ;;
        --metadata-file=*) metadata=${argument#*=} ;;
        --platform=*,*)
            [ -n "$is_buildx" ] || fail 'multiple platforms feature is not supported'
            [ "${BUILDX_DRIVER:-}" != docker ] || unsupported 'Multi-platform build' build-multi-platform
            ;;
        --cache-to=type=inline) ;;
        --cache-to=*) [ "${BUILDX_DRIVER:-}" != docker ] || unsupported 'Cache export' build-cache-backends ;;
        --secret=*)
            value=$(printenv "${argument##*,env=}") || fail "secret ${argument#*=} not found"
            echo "the secret is $value"
            ;;
        esac
    done
    for argument; do
        case $argument in
        --tag=*)
            if [ -n "$is_pushed" ]; then
                push "${argument#--tag=}"
            else
                write_digest "$here/images/${argument#--tag=}"
            fi
            ;;
        esac
    done
    [ -z "$metadata" ] || echo "{\"containerimage.digest\": \"$digest\"}" >"$metadata"
    echo "built $digest"
    ;;
push)
    [ -e "$here/images/$2" ] || fail "An image does not exist locally with the tag: $2"
    digest=$(cat "$here/images/$2")
    push "$2"
    echo "${2##*:}: digest: $digest size: 528"
    ;;
*) fail "unknown command: docker $1" ;;
esac
