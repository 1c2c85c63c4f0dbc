#!/bin/sh
# usage: run_fuzzer.sh PROGRAM CORPUS LIMIT [libFuzzer option...]
# LIMIT: -max_total_time=SECONDS or -runs=EXECUTIONS.
# Fuzzes from the corpus on and leaves the corpus as it is. An input that breaks the program stays beside it, as
# PROGRAM-crash-..., PROGRAM-timeout-... or PROGRAM-oom-...
set -eu
program=$1 corpus=$2
shift 2
# Freed memory is looked after for less long, and not with its stack: twice as many executions in the same time.
export ASAN_OPTIONS=quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=0
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
"$program" -max_len=65536 -timeout=20 -rss_limit_mb=768 -print_final_stats=1 -verbosity=0 \
  -artifact_prefix="$program-" "$@" "$found" "$corpus"
