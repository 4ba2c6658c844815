#!/bin/sh
# Which workers take traffic. What is drained stands in a file beside this one.
#   sh traffic.sh status
#   sh traffic.sh drain worker-1
#   sh traffic.sh undrain worker-1
set -eu

drained=$(dirname "$0")/drained
verb=${1:-}
worker=${2:-}
case "$verb $worker" in
    'status ') ;;
    'drain worker-'[12] | 'undrain worker-'[12]) ;;
    *)
        echo "usage: sh traffic.sh status | drain worker-1 | undrain worker-1" >&2
        exit 2
        ;;
esac
touch "$drained"
case $verb in
    drain) grep -qx "$worker" "$drained" || echo "$worker" >>"$drained" ;;
    undrain)
        grep -vx "$worker" "$drained" >"$drained.new" || true
        mv "$drained.new" "$drained"
        ;;
    *) ;;
esac
for each in worker-1 worker-2; do
    if grep -qx "$each" "$drained"; then echo "$each  drained"; else echo "$each  serving"; fi
done
