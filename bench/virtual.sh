#!/usr/bin/env bash
# Measures virtual time with the command as users get it.
#
#   virtual.sh day      24 h of bench/day.yaml on one processor, and 6 h: time and memory
#   virtual.sh matrix   bench/matrix.yaml with GOMAXPROCS 1 and 2 in turn: the
#                       speed-up, and whether the summaries are equal byte for byte
#   virtual.sh crowd    every strategy of the gauntlet, 16 servers, 50 seeds
#   virtual.sh parts    go test -bench of every package that has benchmarks
#
# ROUNDS: rounds of each. BENCHTIME: of each benchmark of a part. Results go to $OUT. Needs GNU time, awk and Go.
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
OUT=${OUT:-/tmp/ratecliff-bench}
ROUNDS=${ROUNDS:-5}
mkdir -p "$OUT"

timed() { # timed NAME PROCS ARGS...: "name round wall user+system rss_mib"
  local name=$1 procs=$2; shift 2
  GOMAXPROCS=$procs timeout 120 env time -o "$OUT/time" -f '%e %U %S %M' "$OUT/ratecliff" "$@" --out "$OUT/$name" >"$OUT/$name.txt" 2>"$OUT/$name.err" ||
    { local code=$?; [ "$code" = 1 ] || echo "$name: exit $code, see $OUT/$name.err" >&2; }
  tail -1 "$OUT/time" | awk -v n="$name" -v r="$ROUND" '{printf "%s\tround %s\t%.2f s wall\t%.2f s processor\t%.1f MiB\n", n, r, $1, $2+$3, $4/1024}'
}
day() {
  timed day-6h 1 run "$HERE/day.yaml" --set duration=6h --seeds 1 --quiet
  timed day-24h 1 run "$HERE/day.yaml" --seeds 1 --quiet
}
matrix() {
  local p
  for p in 1 2; do timed "matrix-$p" $p compare "$HERE/matrix.yaml" --seeds 4 --quiet; done
  cmp "$OUT/matrix-1/summary.json" "$OUT/matrix-2/summary.json" && echo "summaries are equal"
}
crowd() {
  timed crowd "$(nproc)" compare gauntlet --seeds 50 --quiet --matrix server.burst=1,10,25,50 \
    --matrix server.retry_after=fits,full --matrix server.refusals_charged=false,true
}
parts() {
  cd "$HERE/.." && go test -run '^$' -bench . -benchmem -benchtime "${BENCHTIME:-200ms}" -count "$ROUNDS" ./load ./ratelimit ./metrics ./policy/... ./internal/wire ./engine ./mockserver/model
}

[ $# = 1 ] || set -- help
case $1 in
day | matrix | crowd) (cd "$HERE/.." && go build -o "$OUT/ratecliff" .) || exit 1; for ROUND in $(seq "$ROUNDS"); do "$1"; done ;;
parts) parts ;;
*) sed -n '2,/^set -u/{/^set -u/d;p}' "${BASH_SOURCE[0]}" ;;
esac
