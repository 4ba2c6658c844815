#!/bin/sh
# One gate of Lanternfish, played: the names are real, the work is not.
#   sh gate.sh types|unit|contract|payments|checkout
set -eu

case "${1:-}" in
    types) said='1204 files' ;;
    unit) said='3187 tests' ;;
    contract) said='64 pacts' ;;
    payments) said='21 cards' ;;
    checkout) said='12 journeys' ;;
    *)
        echo "usage: sh gate.sh types|unit|contract|payments|checkout" >&2
        exit 2
        ;;
esac
sleep 1
echo "ok  $1  $said"
