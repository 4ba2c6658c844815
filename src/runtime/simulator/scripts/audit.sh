#!/bin/sh
# Lists of what must not be there, as CSV: a heading, and a row for each find.
#   sh audit.sh orphans
set -eu

case "${1:-}" in
    orphans) echo "order,placed,customer" ;;
    *)
        echo "usage: sh audit.sh orphans" >&2
        exit 2
        ;;
esac
