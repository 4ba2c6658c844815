#!/bin/sh
# What Fly.io's program does at Lanternfish, played: it lists releases and deploys an image.
#   sh flyctl.sh releases -a lanternfish-api --image --json
#   sh flyctl.sh deploy -a lanternfish-api --image REF --strategy immediate
#   sh flyctl.sh deploy -a lanternfish-api --image REF --build-only
set -eu

here=$(dirname "$0")
base=@BASE@/vendors/fly/v1/apps
verb=${1:-}
[ $# -gt 0 ] && shift

app='' image='' json=no only=no
while [ $# -gt 0 ]; do
    case $1 in
        -a | --app)
            app=${2:-}
            shift
            ;;
        --json) json=yes ;;
        --build-only) only=yes ;;
        --image)
            # For `releases` it is a switch, for `deploy` it has a value.
            if [ "$verb" = deploy ]; then
                image=${2:-}
                shift
            fi
            ;;
        --strategy) shift ;;
        *) ;;
    esac
    [ $# -gt 0 ] && shift
done
if [ -z "$app" ]; then
    echo "Error: the app is missing; say -a lanternfish-api" >&2
    exit 1
fi
case $app in
    *[!a-z0-9-]*)
        echo "Error: an app's name has only small letters, digits and dashes" >&2
        exit 1
        ;;
esac

# The token goes through a pipe, so that no list of processes shows it.
ask() {
    if command -v curl >/dev/null 2>&1; then
        sed 's/^/Authorization: Bearer /' "$here/fly-token" | curl -fsS --noproxy '*' -H @- "$@"
    else
        echo "Error: curl is needed to ask the simulated company" >&2
        return 1
    fi
}

case $verb in
    releases)
        if [ "$json" = no ]; then
            echo "Error: only --json is played here" >&2
            exit 1
        fi
        ask "$base/$app/releases"
        echo
        ;;
    deploy)
        case $image in
            '' | *[!A-Za-z0-9./:_-]*)
                echo "Error: --image needs the ImageRef of a release" >&2
                exit 1
                ;;
        esac
        # With an image there is nothing to build: it is looked for, and that is all.
        if [ "$only" = yes ]; then
            ask "$base/$app/images/${image##*:}" >/dev/null || {
                echo "Error: failed to fetch an image: could not find image \"$image\"" >&2
                exit 1
            }
            echo "image found: $image"
            exit 0
        fi
        ask -X POST --data "{\"image\":\"$image\"}" "$base/$app/deploy" >/dev/null
        echo "==> Deploying $image"
        echo "Visit your newly deployed app at https://lanternfish.example.com/"
        ;;
    *)
        echo "usage: flyctl.sh releases|deploy -a APP [--image REF] [--json] [--strategy S]" >&2
        exit 2
        ;;
esac
