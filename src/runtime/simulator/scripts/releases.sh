#!/bin/sh
# The last releases of Lanternfish, newest first, as the deploy log has them.
#   sh releases.sh
#   sh releases.sh --running
#   sh releases.sh --migrated RELEASE
#   sh releases.sh --between OLDER NEWER
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
    --between)
        # The machines know them by a number: v41 is a1b2c3.
        named() {
            case ${1:-} in
                v42) echo d4e5f6 ;;
                v41) echo a1b2c3 ;;
                v40) echo 97c0de ;;
                v39) echo 5ea1ed ;;
                v38) echo 0b5e55 ;;
                *) echo "${1:-none}" ;;
            esac
        }
        older=$(named "${2:-}") newer=$(named "${3:-}")
        log | while read -r commit by what; do
            if [ "$commit" = "$older" ]; then break; fi
            if [ "$commit" = "$newer" ]; then newer=''; fi
            case $what in
                *' not migrated') ;;
                *) if [ -z "$newer" ]; then echo "$commit $by $what"; fi ;;
            esac
        done
        ;;
    --migrated)
        if log | grep "^${2:-none} "; then exit 0; fi
        echo "no release is called ${2:-}" >&2
        exit 1
        ;;
    *)
        echo "usage: sh releases.sh [--running | --migrated RELEASE | --between OLDER NEWER]" >&2
        exit 2
        ;;
esac
