#!/usr/bin/env bash
# Measures the mock on one core (GOMAXPROCS=1, pinned to core 0), its clients on
# the other cores. Rates are also given per CPU second of the server, which other
# work on the machine disturbs least.
#
#   mock.sh json      plain answers, all buckets, twelve limit headers (wrk)
#   mock.sh refusal   429s (wrk)
#   mock.sh sse       paced streams, every event written and flushed by itself
#   mock.sh streams   10,000 paced streams at once: memory, and how late they end
#
# Needs wrk, taskset and Go. Loopback only; the mock is ended by its id.
set -eu
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
OUT=${OUT:-/tmp/ratecliff-bench}
SECONDS_EACH=${SECONDS_EACH:-10}
CLIENTS=${CLIENTS:-1-$(($(nproc) - 1))}
mkdir -p "$OUT/bin"
(cd "$HERE/.." && go build -o "$OUT/bin/ratecliff" .)
(cd "$HERE/streams" && go build -o "$OUT/bin/streams" .)
ulimit -n 30000 2>/dev/null || ulimit -n "$(ulimit -Hn)"

fixed() { printf -- '--set latency.%s.dist=fixed --set latency.%s.value=%s ' "$1" "$1" "$2"; }

# start SET...: a mock with limits that are never met, unless a SET says so
start() {
  rm -f "$OUT/ready"
  # shellcheck disable=SC2046
  GOMAXPROCS=1 taskset -c 0 "$OUT/bin/ratecliff" mock --quiet --listen 127.0.0.1:0 --ready-file "$OUT/ready" \
    --set rpm=100000000 --set itpm=150000000 --set otpm=150000000 $(fixed refusal 0) "$@" &
  PID=$!
  trap 'kill "$PID" 2>/dev/null; wait "$PID" 2>/dev/null || true' EXIT
  for _ in $(seq 100); do [ -s "$OUT/ready" ] && break; sleep 0.1; done
  ADDR=$(sed -n 's|ANTHROPIC_BASE_URL=http://||p' "$OUT/ready")
}

cpu() { awk '{print ($14+$15)/100}' "/proc/$PID/stat"; }

load() { # load BODY: wrk for a while
  cat >"$OUT/mock.lua" <<L
wrk.method = "POST"
wrk.path = "/v1/messages"
wrk.body = '$1'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["x-api-key"] = "k"
wrk.headers["anthropic-version"] = "2023-06-01"
L
  taskset -c "$CLIENTS" wrk -t1 -c32 -d1s -s "$OUT/mock.lua" "http://$ADDR" >/dev/null
  local before after
  before=$(cpu)
  taskset -c "$CLIENTS" wrk -t1 -c32 -d"${SECONDS_EACH}s" -s "$OUT/mock.lua" "http://$ADDR" >"$OUT/wrk.txt"
  after=$(cpu)
  awk -v a="$before" -v b="$after" '/requests in/ {n=$1} /Requests.sec/ {r=$2} /Non-2xx/ {bad=$NF}
    END {printf "requests=%d per_s=%.0f cpu_s=%.2f per_cpu_s=%.0f errors=%d\n", n, r, b-a, n/(b-a), bad}' "$OUT/wrk.txt"
}

BODY='{"model":"claude-opus-5","max_tokens":100,"messages":[{"role":"user","content":"How does the tide know when to come in?"}]}'
paced() { # paced N MAX SPEED SPREAD
  local before after
  before=$(cpu)
  taskset -c "$CLIENTS" "$OUT/bin/streams" -addr "$ADDR" -n "$1" -max-tokens "$2" -ttft 1s -speed "$3" -spread "$4" | tee "$OUT/streams.txt"
  after=$(cpu)
  awk -v a="$before" -v b="$after" '{split($3, e, "="); split($4, s, "="); printf "cpu_s=%.2f events_per_cpu_s=%.0f cpu_share=%.2f\n", b-a, e[2]/(b-a), (b-a)/s[2]}' "$OUT/streams.txt"
  awk '/VmHWM/ {printf "peak_rss_mib=%.0f\n", $2/1024}' "/proc/$PID/status"
}
# shellcheck disable=SC2046
case ${1:-} in
json) start $(fixed ttft 0) $(fixed tokens_per_second 1000000) && load "$BODY" ;;
refusal) start --set rpm=1 --set burst=1 $(fixed ttft 0) && load "$BODY" ;;
sse) start $(fixed ttft 1) $(fixed tokens_per_second 20) && paced "${STREAMS:-4000}" 200 20 1s ;;
streams) start $(fixed ttft 1) $(fixed tokens_per_second 2) && paced "${STREAMS:-10000}" 40 2 5s ;;
*) sed -n 2,12p "$0" && exit 2 ;;
esac
