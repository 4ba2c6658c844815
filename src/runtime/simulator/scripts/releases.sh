#!/bin/sh
# The last releases of Lanternfish, newest first, as the deploy log has them.
#   sh releases.sh
#   sh releases.sh --running
#   sh releases.sh --migrated RELEASE
set -eu

log() {
    cat <<'RELEASES'
d4e5f6  ann   connection pool per request instead of per process      not migrated
a1b2c3  bob   search suggestions for misspelt authors                 not migrated
97c0de  cleo  order table: index on customer and day                  migrated
5ea1ed  ann   covers in AVIF                                          not migrated
RELEASES
}

case "${1:-}" in
    '') log ;;
    --running) log | head -n 1 | cut -d ' ' -f 1 ;;
    --migrated)
        if log | grep "^${2:-none} "; then exit 0; fi
        echo "no release is called ${2:-}" >&2
        exit 1
        ;;
    *)
        echo "usage: sh releases.sh [--running | --migrated RELEASE]" >&2
        exit 2
        ;;
esac
