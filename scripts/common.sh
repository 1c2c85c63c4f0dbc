# shellcheck shell=bash
# What setup, gantrain and test share: finding the clone, running a step quietly, building a preset.
# Sourced, never run. Everything is said on stderr: stdout belongs to the program.

root=$(cd -P -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
deps=$root/.deps
logs=$deps/logs

say() { printf '%s\n' "$*" >&2; }

# die LINE...: why it stopped and what to do, then exit 1.
die() {
  printf '%s\n' "$@" >&2
  exit 1
}

# What the end of a log usually means, in one line.
hint_for_log() {
  if grep -qiE 'no space left on device|disk quota exceeded' "$1"; then
    printf 'The disk is full: %s free in %s.\n' "$(df -Ph "$root" | awk 'NR == 2 {print $4}')" "$root"
  elif grep -qiE 'temporary failure|could not resolve|name resolution|network is unreachable|connection (refused|reset|timed out)|timed out|proxyerror|failed to fetch|unable to connect' "$1"; then
    printf 'The network or a proxy is in the way.\n'
  elif grep -qiE 'dpkg was interrupted|could not get lock|unable to acquire the dpkg' "$1"; then
    printf 'Another package manager is running, or was interrupted (sudo dpkg --configure -a).\n'
  elif grep -qiE 'killed|cannot allocate memory|out of memory' "$1"; then
    printf 'The machine ran out of memory; GANTRAIN_JOBS=1 builds one file at a time.\n'
  elif grep -qiE 'no matching distribution|no such package|unable to locate package' "$1"; then
    printf 'The package source does not carry it for this system.\n'
  fi
}

# quietly NAME TEXT COMMAND...: one line with the time it took; all output goes into .deps/logs/NAME.log.
quietly() {
  local name=$1 text=$2 start=$SECONDS status=0
  shift 2
  mkdir -p "$logs"
  printf '%s ... ' "$text" >&2
  "$@" >"$logs/$name.log" 2>&1 </dev/null || status=$?
  if ((status == 0)); then
    printf '%d s\n' $((SECONDS - start)) >&2
  else
    printf 'failed after %d s\n' $((SECONDS - start)) >&2
  fi
  return "$status"
}

# explain NAME TODO: the end of a failed step's log, what it means, what to do. Compiler errors are picked out.
explain() {
  local log=$logs/$1.log errors
  errors=$(grep -nE '(^|[ :])(fatal )?error:|CMake Error|^FAILED:' "$log" | head -n 12 || true)
  if [[ -n $errors ]]; then
    printf '%s\n' "$errors" | sed 's/^/  | /' >&2
  else
    tail -n 12 "$log" | sed 's/^/  | /' >&2
  fi
  hint_for_log "$log" >&2
  say "$2"
  say "The whole log: ${log#"$root"/} in $root"
}

# How many compilers at once: a file with LibTorch takes up to 1.5 GB.
build_jobs() {
  local cores available
  cores=$(nproc)
  available=$(awk '/MemAvailable/ {print int($2 / 1500000)}' /proc/meminfo 2>/dev/null || echo "$cores")
  ((available < 1)) && available=1
  echo "${GANTRAIN_JOBS:-$((available < cores ? available : cores))}"
}

# Whether the stamp of the last complete build is older than anything it was made of.
build_is_stale() {
  local stamp=$root/build/$1/.built
  [[ -f $stamp ]] || return 0
  [[ -n $(find "$root/src" "$root/include" "$root/cmake" "$root/CMakeLists.txt" "$root/CMakePresets.json" \
    "$deps/torch_root" -newer "$stamp" -print -quit 2>/dev/null) ]]
}

# build_preset PRESET TARGET TEXT: configures when needed and builds. One at a time in a clone.
build_preset() {
  local preset=$1 target=$2 text=$3 folder=$root/build/$1
  mkdir -p "$folder"
  exec 8>"$folder/.lock"
  flock -n 8 || { say "Another build of this clone is running; waiting for it."; flock 8; }
  touch "$folder/.started"
  if [[ ! -f $folder/build.ninja ]]; then
    quietly "configure-$preset" "Configuring $preset" env -C "$root" cmake --preset "$preset" || {
      rm -f "$deps"/ready-*
      explain "configure-$preset" "Configuring failed. The next run checks every needed package again."
      exit 1
    }
  fi
  quietly "build-$preset" "$text" \
    env -C "$root" cmake --build --preset "$preset" --target "$target" -j "$(build_jobs)" || {
    rm -f "$deps"/ready-*
    explain "build-$preset" "The build failed; what is built already is kept for the next run."
    exit 1
  }
  mv "$folder/.started" "$folder/.built"
  exec 8>&-
}
