#!/bin/sh
# The regression gates of Lanternfish, played: the names are real, the work is not.
set -eu

echo "gates for release ${1:-current}, started $(date -u +%H:%M:%SZ)"
for gate in \
    "types       1204 files" \
    "unit        3187 tests" \
    "contract      64 pacts" \
    "payments      21 cards" \
    "checkout      12 journeys"
do
    sleep 1
    echo "  ok  $gate"
done
echo "5 gates passed, 0 failed"
