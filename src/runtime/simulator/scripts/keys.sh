#!/bin/sh
# The keys that parts of Lanternfish use, by name: no key is ever printed.
#   sh keys.sh last-used | exists NAME | rotate NAME | restore NAME
set -eu

name=${2:-}
case "${1:-} $name" in
    'last-used ') echo "mail" ;;
    'exists mail' | 'exists payments') echo "$name: there is a key" ;;
    'rotate mail' | 'rotate payments') echo "$name: rotated; the old key is refused in 10 minutes" ;;
    'restore mail' | 'restore payments') echo "$name: the old key is let in again" ;;
    *)
        echo "usage: sh keys.sh last-used | exists NAME | rotate NAME | restore NAME (mail, payments)" >&2
        exit 2
        ;;
esac
