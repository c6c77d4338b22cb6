#!/usr/bin/env bash
# The programs of DMTCP's own test suite under ARTEMIS: writes the table in docs/DMTCP-PROGRAMS.md from what happened.
# Their sources are fetched at development time and are not kept here:
#   git clone https://github.com/dmtcp/dmtcp D && cd D && ./configure && make && make -C test tests
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

usage() {
  cat <<'TEXT'
eng/dmtcp.sh --checkout D [--ccrctl FILE] [--jobs N] [--only NAME] [--results DIR] [--table FILE]
  --checkout D   DMTCP's sources, its tests built in D/test
  --ccrctl FILE  else the one of the release build
  --jobs N       so many programs at a time (4)
  --only NAME    this program alone, and no table; what it printed stays in the folder that is named at the end
  --results DIR  results are kept there, and programs that have one are not run again, except by --only
  --table FILE   whose section "The programs" is written (docs/DMTCP-PROGRAMS.md)
TEXT
}

checkout='' jobs=4 only='' results='' table=docs/DMTCP-PROGRAMS.md
ccrctl=${CCR_ARTIFACTS:-$PWD/artifacts}/bin/Ccr.Ccrctl/release/ccrctl
while [ $# -gt 0 ]; do
  case $1 in
    --checkout) checkout=$(realpath "${2:?}") && shift ;;
    --ccrctl) ccrctl=$(realpath "${2:?}") && shift ;;
    --jobs) jobs=${2:?} && shift ;;
    --only) only=${2:?} && shift ;;
    --results) mkdir -p "${2:?}" && results=$(realpath "$2") && shift ;;
    --table) table=${2:?} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
[ -x "$checkout/test/dmtcp1" ] || { echo "dmtcp.sh: --checkout needs DMTCP, its tests built." >&2; exit 2; }
[ -x "$ccrctl" ] || { echo "dmtcp.sh: $ccrctl is not there: build src/Ccrctl first." >&2; exit 2; }
work=$(mktemp -d)
results=${results:-$work/results} && mkdir -p "$results"

# name | command, from the checkout's folder | what it exercises
programs() {
  sed 's/ *| */|/g; /^$/d' "$PWD/eng/dmtcp-programs.txt"
}

member() { cut -d' ' -f1 "$work/groups/$1/member" 2>/dev/null; }

alive() { [ -n "$1" ] && [ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }

# pulse PID: a line for each thread, its id inside and how often it was scheduled and how long it ran.
pulse() {
  local task
  for task in /proc/"$1"/task/*; do
    echo "$(awk '/^NSpid/ { print $NF }' "$task/status" 2>/dev/null)" \
      "$(awk '/ctxt_switches/ { n += $2 } END { print n }' "$task/status" 2>/dev/null)" \
      "$(cut -d' ' -f14,15 "$task/stat" 2>/dev/null)"
  done | sort
}

# moving BEFORE AFTER: the threads that went on between two pulses.
moving() { comm -13 "$1" "$2" | cut -d' ' -f1 | sort -u; }

octets() { wc -c <"$1"; }

# launch NAME WORD..: ccrctl artemis WORD.., with pipes for its input and output; its exit code goes to NAME/code.
launch() {
  local name=$1
  shift
  rm -f "$work/$name/code"
  (
    cd "$checkout" || exit 2
    TMPDIR=$work/$name "$ccrctl" artemis "$@" < <(exec sleep 600) > >(exec cat >>"$work/$name/out") \
      2> >(exec cat >>"$work/$name/err") &
    echo $! >"$work/$name/server"
    wait $!
    echo $? >"$work/$name/code"
  ) &
}

# await_member NAME: until it is there and no other one than before; its pid.
await_member() {
  local turn pid
  for turn in $(seq 150); do
    pid=$(member "$1")
    alive "$pid" && [ "$pid" != "${2:-}" ] && [ -e "$work/groups/$1/artemis.sock" ] && echo "$pid" && return
    [ -e "$work/$1/code" ] && return 1
    sleep 0.1
  done
  return 1
}

last_words() { cat "$work/$1/err" "$work/$1/out" | tr -d '\000' | grep -a . | tail -n 1 | cut -c1-200; }

# checkpoint NAME: three tries, since a child may be there for a moment only.
checkpoint() {
  local turn
  for turn in 1 2 3; do
    timeout 60 "$ccrctl" artemis checkpoint "$1" --dir "$work" >>"$work/$1/checkpoints" 2>"$work/$1/refusal" && return
    alive "$(member "$1")" || return 1
    sleep 1
  done
  return 1
}

# goes_on NAME PID THREADS PRINTED: the threads that moved before move again, and it prints again; else says what not.
goes_on() {
  local turn missing=''
  pulse "$2" >"$work/$1/first"
  local printed
  printed=$(octets "$work/$1/out")
  for turn in $(seq 24); do
    sleep 0.5
    alive "$2" || {
      echo "it ended after the restart with $(cat "$work/$1/code" 2>/dev/null): $(last_words "$1")"
      return 1
    }
    pulse "$2" >"$work/$1/now"
    comm -12 "$3" <(cut -d' ' -f1 "$work/$1/now" | sort -u) >"$work/$1/both"
    missing=$(comm -23 "$work/$1/both" <(moving "$work/$1/first" "$work/$1/now"))
    [ -s "$3" ] && [ ! -s "$work/$1/both" ] && missing="every thread"
    if [ -z "$missing" ] && { [ "$4" = 0 ] || [ "$(octets "$work/$1/out")" -gt "$printed" ]; }; then return 0; fi
  done
  [ -n "$missing" ] && echo "after the restart these threads stand still: $(echo $missing)" && return 1
  echo "after the restart it prints no more"
  return 1
}

# ended NAME COMMAND: it ended before it could be restarted; does it so without the jacket too?
ended() {
  local code plain
  code=$(cat "$work/$1/code" 2>/dev/null)
  (cd "$checkout" && eval "TMPDIR=$work/$1 timeout -k 1 25 $2") < <(exec sleep 30) >/dev/null 2>&1
  plain=$?
  if [ "$code" = "$plain" ]; then
    say "not judged" "it ends by itself with $plain, without the jacket too: $(last_words "$1")"
  else
    say failed "it ended by itself with ${code:-nothing}, without the jacket with $plain: $(last_words "$1")"
  fi
}

# judge NAME COMMAND: two checkpoints, killed, restarted, and this a second time; the result in results/NAME.
judge() {
  local name=$1 pid before printed why round code
  mkdir -p "$work/$name"
  : >"$work/$name/out" && : >"$work/$name/err"
  say() { echo "$1|$2" >"$results/$name"; }
  eval "launch $name run --group $name --dir $work --keep 5 -- $2"
  pid=$(await_member "$name") || { ended "$name" "$2"; return; }
  sleep 1
  for round in 1 2; do
    pulse "$pid" >"$work/$name/first"
    printed=$(octets "$work/$name/out")
    sleep 2
    pulse "$pid" >"$work/$name/now"
    moving "$work/$name/first" "$work/$name/now" >"$work/$name/threads"
    printed=$(($(octets "$work/$name/out") - printed))
    for _ in 1 2; do
      if ! checkpoint "$name"; then
        sleep 0.5
        alive "$pid" || break
        why=$(sed -n 's/^ccrctl: //p' "$work/$name/refusal" | head -n 1)
        [ -n "$why" ] && say refused "$why" || say failed "a checkpoint ended without a word"
        return
      fi
      sleep 0.4
    done
    if ! alive "$pid"; then
      sleep 1
      code=$(cat "$work/$name/code" 2>/dev/null)
      [ "$code" = 0 ] && [ "$round" = 2 ] && say passed "it ended by itself, with 0" && return
      ended "$name" "$2"
      return
    fi
    kill -9 "$pid"
    for _ in $(seq 100); do [ -e "$work/$name/code" ] && break; sleep 0.1; done
    launch "$name" restart "$name" --dir "$work"
    local former=$pid
    pid=$(await_member "$name" "$former") || { say failed "no restart $round: $(last_words "$name")"; return; }
    why=$(goes_on "$name" "$pid" "$work/$name/threads" "$printed") || {
      case $why in
        "it ended after the restart with 0:"*) say passed "it ended by itself, with 0" ;;
        *) say failed "$why" ;;
      esac
      return
    }
  done
  if checkpoint "$name"; then say passed ''; else say failed "at the end: $(cat "$work/$name/refusal")"; fi
}

# tidy NAME: ends what is left of it.
tidy() {
  local pid
  pid=$(member "$1")
  alive "$pid" && kill -9 "$pid"
  sleep 0.5
  pid=$(cat "$work/$1/server" 2>/dev/null)
  [ -n "$pid" ] && [ ! -e "$work/$1/code" ] && kill "$pid" 2>/dev/null
}

# unfit COMMAND: says why it cannot be run here.
unfit() {
  local word=${1%% *}
  [ "$word" = env ] && word=$(tr ' ' '\n' <<<"$1" | grep -v '=' | sed -n 2p)
  (cd "$checkout" && command -v "$word" >/dev/null) && return 1
  echo "not there: DMTCP's build left it out, or this machine has no such program"
}

write_table() {
  local name command subject result why
  local -A count=()
  while IFS='|' read -r name command subject; do
    IFS='|' read -r result why <"$results/$name"
    count[$result]=$((${count[$result]:-0} + 1))
    echo "| \`$command\` | $subject | $result | ${why//|//} |" >>"$work/rows"
  done < <(programs)
  {
    sed '/^## The programs/q' "$table" 2>/dev/null || printf '## The programs\n'
    printf '\n%s, kernel %s, DMTCP %s.' "$(date -u +%F)" "$(uname -r)" \
      "$(git -C "$checkout" rev-parse --short=12 HEAD)"
    for result in passed refused failed 'not judged' 'not run'; do
      printf ' %s: **%s**.' "$result" "${count[$result]:-0}"
    done
    printf '\n\n| program | what it exercises | result | why |\n|---|---|---|---|\n'
    cat "$work/rows"
  } >"$work/table" && cp "$work/table" "$table"
}

while IFS='|' read -r name command subject; do
  [ -z "$only" ] || [ "$name" = "$only" ] || continue
  [ -z "$only" ] && [ -e "$results/$name" ] && continue
  mkdir -p "$work/$name"
  if why=$(unfit "$command"); then
    echo "not run|$why" >"$results/$name"
    continue
  fi
  while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
  (
    judge "$name" "$command"
    tidy "$name"
    echo "$name: $(tr '|' ' ' <"$results/$name")"
  ) </dev/null &
done < <(programs)
wait
[ -n "$only" ] && echo "$work" && exit
write_table
rm -rf "$work"
echo "dmtcp.sh: $table is written."
