#!/bin/sh
# What can be asked about a reading circle of Lanternfish. Replies are JSON, as the API gives them.
#   sh circle.sh publish CIRCLE LIST KEY
#   sh circle.sh send CIRCLE KEY
#   sh circle.sh mine
#   sh circle.sh export
# KEY is the Idempotency-Key: the same one again does nothing a second time.
set -eu

base=@BASE@/api
name() {
    case ${1:-} in
        '' | *[!A-Za-z0-9-]*)
            echo "Error: ${1:-nothing} is no name: letters, digits and dashes" >&2
            exit 2
            ;;
    esac
}
ask() {
    if command -v curl >/dev/null 2>&1; then
        curl -fsS --noproxy '*' "$@"
    else
        echo "Error: curl is needed to ask the simulated company" >&2
        return 1
    fi
}

case ${1:-} in
    publish)
        name "${2:-}" && name "${3:-}" && name "${4:-}"
        ask -X POST -H "Idempotency-Key: $4" "$base/circles/$2/lists/$3/publish"
        ;;
    send)
        name "${2:-}" && name "${3:-}"
        ask -X POST -H "Idempotency-Key: $3" "$base/circles/$2/mails/send"
        ;;
    mine) ask "$base/me/circles" ;;
    export) ask -D - "$base/exports/orders.csv" ;;
    *)
        echo "usage: sh circle.sh publish CIRCLE LIST KEY | send CIRCLE KEY | mine | export" >&2
        exit 2
        ;;
esac
echo
