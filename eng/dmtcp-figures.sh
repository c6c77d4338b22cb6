#!/usr/bin/env bash
# DMTCP and ARTEMIS on the same program, turn by turn: how long it stands, as it sees it itself, and what is stored.
# The program has 1 GiB and rewrites 1 % of its pages before each checkpoint (bench/Artemis/programs/resident.c, watch).
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
[ -x "${1:-}/bin/dmtcp_launch" ] || { echo "eng/dmtcp-figures.sh D [ROUNDS]: D is DMTCP, built." >&2; exit 2; }
dmtcp=$(realpath "$1")/bin rounds=${2:-15} port=$((20000 + $$ % 20000))
ccrctl=${CCR_ARTIFACTS:-$PWD/artifacts}/bin/Ccr.Ccrctl/release/ccrctl
work=$(mktemp -d)
gcc -O2 -o "$work/resident" bench/Artemis/programs/resident.c || exit 2
mkfifo "$work/to-dmtcp" "$work/from-dmtcp" "$work/to-ours" "$work/from-ours"

"$dmtcp/dmtcp_launch" --new-coordinator -p "$port" --no-gzip --ckptdir "$work" \
  "$work/resident" watch 1024 1 <"$work/to-dmtcp" >"$work/from-dmtcp" 2>"$work/dmtcp-says" &
"$ccrctl" artemis run --group figures --dir "$work" --keep 60 -- "$work/resident" watch 1024 1 \
  <"$work/to-ours" >"$work/from-ours" &
exec 5>"$work/to-dmtcp" 6<"$work/from-dmtcp" 7>"$work/to-ours" 8<"$work/from-ours"

finish() {
  "$dmtcp/dmtcp_command" -p "$port" --quit >/dev/null 2>&1
  kill -9 "$(cut -d' ' -f1 "$work/groups/figures/member")" 2>/dev/null
  exec 5>&- 6<&- 7>&- 8<&-
  wait
  rm -rf "$work"
}
trap finish EXIT
read -r -t 120 ready <&6 && read -r -t 120 ready <&8 || { echo "resident did not start: $ready" >&2; exit 1; }

# middle FILE: its median.
middle() { sort -n "$1" | sed -n "$((($(wc -l <"$1") + 1) / 2))p"; }

for round in $(seq 0 "$rounds"); do
  echo again >&5 && read -r _ <&6
  "$dmtcp/dmtcp_command" -p "$port" -bc >/dev/null 2>&1 || { echo "DMTCP took no checkpoint." >&2; exit 1; }
  echo gap >&5 && read -r _ _ _ theirs <&6
  image=$(find "$work" -name 'ckpt_*.dmtcp' -printf '%s\n' | sort -n | tail -n 1)
  echo again >&7 && read -r _ <&8
  taken=$("$ccrctl" artemis checkpoint figures --dir "$work" --json) || { echo "$taken" >&2; exit 1; }
  echo gap >&7 && read -r _ _ _ ours <&8
  stored=$(sed -n 's/.*"storedOctets": \([0-9]*\).*/\1/p' <<<"$taken")
  # The first checkpoint of each is not an increment: it is shown, and counts for nothing.
  echo "round $round: DMTCP stood $((theirs / 1000)) us, $image octets; ours $((ours / 1000)) us, $stored octets"
  [ "$round" = 0 ] && continue
  echo "$theirs" >>"$work/theirs" && echo "$ours" >>"$work/ours"
  echo "$image" >>"$work/image" && echo "$stored" >>"$work/stored"
done
theirs=$(middle "$work/theirs") ours=$(middle "$work/ours")
image=$(middle "$work/image") stored=$(middle "$work/stored")
awk -v t="$theirs" -v o="$ours" -v i="$image" -v s="$stored" -v n="$rounds" 'BEGIN {
  printf "median of %d: DMTCP %.2f ms, ARTEMIS %.2f ms: %.1f times; images %d and %d octets: %.1f times\n",
    n, t / 1e6, o / 1e6, t / o, i, s, i / s }'
