#!/usr/bin/env bash
# `./ccr soak`: the attacks of `./ccr test`, for an hour or as long as told. Leaves evidence for `./ccr ledger`.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
artifacts=${CCR_ARTIFACTS:-$PWD/artifacts}
results=$artifacts/soak
minutes=60 only='' portion=0 portions=1

usage() {
  cat <<'TEXT'
./ccr soak [--minutes N] [--layer NAME] [--portion K/N]
  --minutes N   how large the runs are, in parts of an hour (60): sizes shrink and grow with it
  --layer NAME  this layer alone, beside what other layers have left: model explorer simulator teeth log-damage
                processes databases histories hostile-bytes artemis
  --portion K/N part K of N of the kills of --layer databases or processes, with seeds of its own: what the other
                portions left stays, so that a long run can be made piece by piece
With CCR_NATIVE=DIR, `processes` and `databases` attack the services in DIR (./ccr native DIR).
Ends with the line "N passed, N failed"; `./ccr ledger` notes what it did.
TEXT
}

while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=${2:?--minutes needs a number} && shift ;;
    --layer) only=${2:?--layer needs a name} && shift ;;
    --portion)
      [[ ${2:-} =~ ^([1-9][0-9]*)/([1-9][0-9]*)$ ]] && [ "${BASH_REMATCH[1]}" -le "${BASH_REMATCH[2]}" ] \
        || { echo "soak: --portion needs K/N, such as 3/10." >&2; exit 2; }
      portion=${BASH_REMATCH[1]} portions=${BASH_REMATCH[2]} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
[[ $minutes =~ ^[1-9][0-9]*$ ]] || { echo "soak: --minutes $minutes is no number of minutes." >&2; exit 2; }

[ "$portion" = 0 ] || [ "$only" = databases ] || [ "$only" = processes ] \
  || { echo "soak: --portion goes with --layer databases or --layer processes." >&2; exit 2; }

# part SIZE: the size of an hour's run, for as many minutes as there are.
part() { echo $(($1 * minutes / 60)); }
# piece SIZE: the same, of one portion.
piece() { echo $((($(part "$1") + portions - 1) / portions)); }

mkdir -p "$results"
[ -n "$only" ] || rm -rf "${results:?}"/*
CCR_EVIDENCE=$results/evidence
CCR_EVIDENCE_COMMIT=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain 2>/dev/null)" ] || CCR_EVIDENCE_COMMIT+="+"
[ -z "${CCR_NATIVE:-}" ] || CCR_EVIDENCE_COMMIT+=" (native)"
export CCR_EVIDENCE CCR_EVIDENCE_COMMIT

# layer, group of tests, environment; the long layers last
layers=(
  "simulator Simulation.Tests CCR_SIM_SEEDS=$(part 300000)"
  "model Model CCR_MODEL=deep"
  "explorer Explorer.Tests CCR_EXPLORER_DEPTH=deep"
  "teeth Teeth.Tests -"
  "log-damage LogDamage CCR_CRASH_STATES=$(part 1000000)"
  "hostile-bytes Hostile CCR_FUZZ_EXECUTIONS=$(part 1000000000)"
  "histories Histories.Tests CCR_HISTORY_OPERATIONS=$(part 5000000)"
  "artemis Artemis.Processes CCR_ARTEMIS_KILLS=$(part 200)"
  "processes Attack CCR_ATTACK_KILLS=$(piece 20000) CCR_ATTACK_PARTITIONS=$(part 240)"
  "databases DatabaseAttack CCR_DB_KILLS=$(piece 2000)"
)

target=Ccr.sln
for row in "${layers[@]}"; do
  read -r layer group _ <<<"$row"
  [ "$only" != "$layer" ] || target=$(ls "tests/$group"/*.csproj)
done
[ -z "$only" ] || [ "$target" != Ccr.sln ] || { usage >&2 && exit 2; }
echo "building ..."
if ! eng/build.sh "$target" -c Release -v q --nologo >"$results/build.log" 2>&1; then
  cat "$results/build.log"
  echo "The build failed."
  echo "0 passed, 1 failed"
  exit 1
fi

passed=0 failed=0
for row in "${layers[@]}"; do
  read -r layer group setting <<<"$row"
  [ -z "$only" ] || [ "$only" = "$layer" ] || continue
  [ "$setting" = - ] && setting=CCR_SOAK=1
  began=$SECONDS
  project=$(ls "tests/$group"/*.csproj)
  name=$(basename "$project" .csproj)
  # The explorer's ordinary tests, the tree of depth 3 among them, grow too.
  filter=Category=Slow && [ "$layer" = explorer ] && filter=FullyQualifiedName~Core
  [ "$layer" = artemis ] && filter='FullyQualifiedName~Killed_at_random_times'
  if [ "$portion" = 0 ]; then
    rm -f "$results/evidence/$layer".*
  else
    # The first portion has the seed of an undivided run; other tests of the layer belong to that.
    if [ "$layer" = databases ]; then
      export CCR_DB_PORTION=$portion CCR_DB_SEED=$((3 * portion + 1))
      filter=FullyQualifiedName~KillTests.Whoever kills=kills
    else
      export CCR_ATTACK_PORTION=$portion CCR_ATTACK_SEED=$((20 + 1000 * (portion - 1)))
      filter=FullyQualifiedName~RandomKillTests kills=random-kills
    fi
    rm -f "$results/evidence/$layer.$kills.json" "$results/evidence/$layer.$kills-$portion.json"
  fi
  # shellcheck disable=SC2086 # a layer may have several settings
  env $setting dotnet vstest "$artifacts/bin/$name/release/$name.dll" "--TestCaseFilter:$filter" \
    "--logger:trx;LogFileName=$layer.trx" "--ResultsDirectory:$results" >"$results/$layer.log" 2>&1
  counters=$(grep -o '<Counters [^>]*' "$results/$layer.trx" 2>/dev/null)
  p=$(sed 's/.* passed="\([0-9]*\)".*/\1/' <<<"$counters")
  f=$(sed 's/.* failed="\([0-9]*\)".*/\1/' <<<"$counters")
  [ -n "$counters" ] && [ $((p + f)) -gt 0 ] || { p=0 && f=1; }
  passed=$((passed + p)) failed=$((failed + f))
  printf '%-14s %5d passed %4d failed %6d s\n' "$layer" "$p" "$f" $((SECONDS - began))
  [ "$f" = 0 ] || grep -v '^\s*Passed ' "$results/$layer.log"
done
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
