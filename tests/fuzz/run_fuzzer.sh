#!/bin/sh
# usage: run_fuzzer.sh PROGRAM CORPUS SECONDS [libFuzzer option...]
# Fuzzes from the corpus on and leaves the corpus as it is. An input that breaks the program stays beside it, as
# PROGRAM-crash-..., PROGRAM-timeout-... or PROGRAM-oom-...
set -eu
program=$1 corpus=$2 seconds=$3
shift 3
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
"$program" -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=768 -print_final_stats=1 \
  -verbosity=0 -artifact_prefix="$program-" "$@" "$found" "$corpus"
