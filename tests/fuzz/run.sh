#!/usr/bin/env bash
# Runs every fuzz target from its seeds, one after the other: `tests/fuzz/run.sh [seconds] [target …]`.
# 60 seconds each unless told otherwise. Asks nobody on any network. Ends with 1 where a target found something.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# The flags of a sanitizer are not stable yet; a stable compiler knows them all the same.
export RUSTC_BOOTSTRAP=1

seconds="${1:-60}"
if ! [[ "$seconds" =~ ^[1-9][0-9]*$ ]]; then
  printf 'usage: %s [seconds] [target ...]\n' "$0" >&2
  exit 2
fi
targets=("${@:2}")
if [ "${#targets[@]}" -eq 0 ]; then
  for file in tests/fuzz/targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

cargo fuzz build --fuzz-dir tests/fuzz

failed=()
for target in "${targets[@]}"; do
  case "$target" in
    source | runbook | sentry_envelope) longest=16384 ;;
    signature) longest=1024 ;;
    *) longest=8192 ;;
  esac
  corpus="tests/fuzz/corpus/$target"
  mkdir -p "$corpus"
  printf '\n== %s, %s s\n' "$target" "$seconds"
  # The fuzzer writes what it finds into the first folder and only reads the second.
  if ! cargo fuzz run --fuzz-dir tests/fuzz "$target" "$corpus" "tests/fuzz/seeds/$target" -- \
    -max_total_time="$seconds" -max_len="$longest" -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 -verbosity=1 -close_fd_mask=1; then
    failed+=("$target")
  fi
done

if [ "${#failed[@]}" -gt 0 ]; then
  printf '\nFound something: %s. What did it is in tests/fuzz/artifacts.\n' "${failed[*]}" >&2
  exit 1
fi
printf '\nNothing found.\n'
