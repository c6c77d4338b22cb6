#!/usr/bin/env bash
# `./ccr test`: sets up what the tests need, builds once, runs each test project (a group). Groups that only compute
# give way to all others, and fill what these leave of the processors.
# Ends with the line "N passed, N failed"; the exit code is 0 only when nothing failed.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
artifacts=${CCR_ARTIFACTS:-$PWD/artifacts}
. eng/changed.sh
results=$artifacts/test
# Groups that time real processes: nothing else runs beside them but what gives way.
alone=" Artemis.Processes Processes Files.Tests Attack DatabaseAttack Histories.Tests "
# Groups that only compute: they give way. They wait for nobody, so it does not matter how long they take.
giving_way=" Model Explorer.Tests Simulation.Tests Teeth.Tests "
quick='' only='' jobs=''

usage() {
  cat <<'TEXT'
./ccr test [--quick] [--group NAME]... [--jobs N]
  --quick       leaves out the tests of the category Slow
  --group NAME  this group alone (a folder of tests/), or these
  --jobs N      groups that run side by side, beside those that give way (2; quick 3)
TEXT
}

while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=1 ;;
    --group) only+=" ${2:?--group needs a name} " && shift ;;
    --jobs) jobs=${2:?--jobs needs a number} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

[ -n "$jobs" ] || jobs=$([ -n "$quick" ] && echo 3 || echo 2) # quick groups mostly wait

# Seconds in minutes.
minutes() { awk -v s="$1" 'BEGIN { printf "%.1f", s / 60 }'; }

groups=()
for project in tests/*/*.csproj; do
  group=$(basename "$(dirname "$project")")
  grep -q '<IsTestProject>true' "$project" || continue
  case ${only:-" $group "} in *" $group "*) groups+=("$group") ;; esac
done
for group in $only; do
  case " ${groups[*]} " in *" $group "*) continue ;; esac
  echo "There is no test group '$group'; the groups are the folders of tests/." >&2 && exit 2
done
mkdir -p "$results" && rm -rf "${results:?}"/*
# What the layers of the verification leave for the ledger (docs/TESTING.md).
CCR_EVIDENCE=$results/evidence
CCR_EVIDENCE_COMMIT=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain 2>/dev/null)" ] || CCR_EVIDENCE_COMMIT+="+"
export CCR_EVIDENCE CCR_EVIDENCE_COMMIT
# Milliseconds that the process of the tests has for its end: who is killed earlier is not in the processor's minutes.
export VSTEST_TESTHOST_SHUTDOWN_TIMEOUT=20000
# Most processes of the tests live for seconds: compiled code is not mapped twice, and that of processes which are not
# there to compute is not watched for what is worth optimising. Both change how soon they are under way, nothing else.
export DOTNET_EnableWriteXorExecute=0
short_lived=(env DOTNET_TieredPGO=0)

# Missing commands: installed where we may, otherwise the groups that need them fail in words.
declare -A lacks=()
missing=()
# A command on the path; a whole path may also be a file that is none.
is_there() { command -v "$1" >/dev/null 2>&1 || [ "${1#/}" != "$1" -a -e "$1" ]; }
while read -r command package users; do
  case $command in '' | '#'*) continue ;; esac
  is_there "$command" || missing+=("$command $package $users")
done <eng/test-packages.txt
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  packages=$(printf '%s\n' "${missing[@]}" | awk '{ print $2 }' | sort -u | tr '\n' ' ')
  echo "installing: $packages"
  # shellcheck disable=SC2086 # a list of words
  { apt-get install -y --no-install-recommends $packages ||
    { apt-get update && apt-get install -y --no-install-recommends $packages; }; } >"$results/apt.log" 2>&1
fi
for row in "${missing[@]}"; do
  read -r command package users <<<"$row"
  is_there "$command" && continue
  for group in $users; do lacks[$group]+="$command is missing (apt-get install $package). "; done
done

start=$SECONDS
stamp=$artifacts/bin/built.stamp
if ! changed "$stamp"; then
  echo "nothing has changed since the last build"
else
  echo "building ..."
  mkdir -p "$artifacts/bin" && rm -f "$stamp" && touch "$stamp.new"
  if ! eng/build.sh Ccr.sln -c Release -v q --nologo >"$results/build.log" 2>&1; then
    cat "$results/build.log"
    echo "The build failed."
    echo "0 passed, 1 failed"
    exit 1
  fi
  mv "$stamp.new" "$stamp"
  echo "built in $(minutes $((SECONDS - start))) minutes"
fi

# run_group NAME [PREFIX...]: writes NAME.row "group passed failed seconds processor-minutes", and NAME.log.
run_group() {
  local group=$1 began=$SECONDS log=$results/$1.log code=0 passed=0 failed=0 all_slow='' processor
  shift
  local project name assembly library counters
  project=$(ls "tests/$group"/*.csproj)
  name=$(basename "$project" .csproj)
  assembly=$(sed -n 's:.*<AssemblyName>\(.*\)</AssemblyName>.*:\1:p' "$project")
  library=$artifacts/bin/$name/release/${assembly:-$name}.dll
  echo 0 0 >"$results/$group.time" # stays for a group that lacks a command
  local options=("--logger:trx;LogFileName=$group.trx" "--ResultsDirectory:$results")
  [ -n "$quick" ] && options+=('--TestCaseFilter:Category!=Slow')
  if [ -n "${lacks[$group]:-}" ]; then
    echo "${lacks[$group]}" >"$log"
  else
    { time "$@" timeout 40m dotnet vstest "$library" "${options[@]}" >"$log" 2>&1 || code=$?; } 2>"$results/$group.time"
  fi
  counters=$(grep -o '<Counters [^>]*' "$results/$group.trx" 2>/dev/null)
  if [ -n "$counters" ]; then
    passed=$(sed 's/.* passed="\([0-9]*\)".*/\1/' <<<"$counters")
    failed=$(sed 's/.* failed="\([0-9]*\)".*/\1/' <<<"$counters")
  fi
  # Aborted, timed out, or nothing ran: that is a failure too. But all tests of a group may be slow.
  [ "$passed" = 0 ] && [ "$code" = 0 ] && [ -n "$quick" ] && grep -q '^No test matches' "$log" && all_slow=1
  if [ "$failed" = 0 ] && [ -z "$all_slow" ] && { [ "$code" != 0 ] || [ "$passed" = 0 ]; }; then
    failed=1
    echo "The group ended with code $code after $passed tests." >>"$log"
  fi
  # What the group's processes, and those that they started and waited for, had of the processors.
  processor=$(awk '{ s = $1 + $2 } END { printf "%.1f", s / 60 }' "$results/$group.time")
  echo "$group $passed $failed $((SECONDS - began)) $processor" >"$results/$group.row"
  report "$group" "$passed" "$failed" "$(minutes $((SECONDS - began)))" "$processor"
}
TIMEFORMAT='%U %S'

report() { printf '%-28s %8s %8s %8s %12s\n' "$@"; }

# give_way: takes the groups that give way one by one, with whoever else does so now.
give_way() {
  local group
  for group in $giving_way; do
    case " ${groups[*]} " in *" $group "*) mkdir "$results/$group.taken" 2>/dev/null || continue ;; *) continue ;; esac
    run_group "$group" nice -n 19
  done
}

report group passed failed minutes processor
give_way & fillers=($!) # two of them: one alone leaves a processor idle where the others wait
give_way & fillers+=($!)
running=()
for group in "${groups[@]}"; do
  case $alone$giving_way in *" $group "*) continue ;; esac
  while [ ${#running[@]} -ge "$jobs" ]; do
    wait -n -p ended "${running[@]}"
    for i in "${!running[@]}"; do [ "${running[i]}" != "$ended" ] || unset "running[i]"; done
  done
  run_group "$group" "${short_lived[@]}" &
  running+=($!)
done
[ ${#running[@]} = 0 ] || wait "${running[@]}"
for group in "${groups[@]}"; do
  case $alone in *" $group "*) (run_group "$group" "${short_lived[@]}") ;; esac
done
wait "${fillers[@]}"

passed=0 failed=0 all=0
printf '\n'
report group passed failed minutes processor
for group in "${groups[@]}"; do
  read -r _ p f s processor <"$results/$group.row"
  report "$group" "$p" "$f" "$(minutes "$s")" "$processor"
  passed=$((passed + p)) failed=$((failed + f)) all=$(awk "BEGIN { print $all + $processor }")
done
for group in "${groups[@]}"; do
  read -r _ _ f _ <"$results/$group.row"
  [ "$f" = 0 ] || { printf '\n--- %s\n' "$group" && grep -v '^\s*Passed ' "$results/$group.log"; }
done
printf '\nin %s minutes, of a processor %s\n%d passed, %d failed\n' \
  "$(minutes $((SECONDS - start)))" "$all" "$passed" "$failed"
[ "$failed" = 0 ]
