#!/usr/bin/env bash
# Measures the live driver beside other load generators: the whole driver, with
# engine and metrics, as engine/live/internal/benchcmd.
#
#   live.sh run [PART...]   measure; all parts when none is named:
#       open     2,000/s for 10 s: timing at the server, rate, CPU a request
#       stall    200/s for 10 s at a server that stands still for 1 s once
#       closed   64 connections for 5 s against nginx: CPU a request
#       memory   5,000 requests in flight, each held for 5 s: memory a request
#       growth   2,000/s for 60 s: memory after 20 s and at the end
#   live.sh table           medians, spreads, and ratios within each round
#
# Tools take turns within a round, so that a ratio compares neighbours in time.
# wrk, wrk2, k6, hey and nginx are used when they are on PATH (or in $BIN), and
# left out otherwise. Needs GNU time, curl, awk and Go.
# Loopback only; every run is bounded by timeout; every process is ended by the
# id it was started with. Results: $OUT/results.tsv, raw output beside it.
# ROUNDS: rounds of each part. GATE: most seconds to wait for a quiet machine
# before a run. MAXOTHER: percent of the machine that others may take before a
# run is done again (3 tries; what is still above is marked and not counted).
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
OUT=${OUT:-/tmp/ratecliff-bench}
ROUNDS=${ROUNDS:-5}
PATH=${BIN:+$BIN:}$OUT/bin:$PATH
NP=${NGINX_PORT:-28490} GP=${TARGET_PORT:-28491}
NG=http://127.0.0.1:$NP GO=http://127.0.0.1:$GP
CORES=$(nproc)
export K6_NO_USAGE_REPORT=true
mkdir -p "$OUT/bin"
ulimit -n 20000 2>/dev/null || true

inputs() {
  (cd "$HERE/target" && go build -o "$OUT/bin/bench-target" .) || exit 1
  (cd "$HERE/.." && go build -o "$OUT/bin/benchcmd" ./engine/live/internal/benchcmd) || exit 1
  local body answer
  body="{\"model\":\"mock-1\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"$(printf 'x%.0s' $(seq 220))\"}]}"
  answer='{"id":"msg_bench_00000000000000000","type":"message","role":"assistant","model":"mock-1","content":[{"type":"text","text":"'$(printf 'lorem ipsum dolor sit %.0s' $(seq 13))'"}],"stop_reason":"end_turn","usage":{"input_tokens":42,"output_tokens":64}}'
  printf %s "$body" >"$OUT/body.json"
  cat >"$OUT/post.lua" <<L
wrk.method = "POST"
wrk.body = '$body'
wrk.headers["Content-Type"] = "application/json"
L
  cat >"$OUT/k6.js" <<'J'
import http from 'k6/http';
const body = open('./body.json');
const p = { headers: { 'Content-Type': 'application/json' }, timeout: '30s' };
const n = (k) => Number(__ENV[k]);
export const options = {
  discardResponseBodies: true,
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
  scenarios: { s: __ENV.RATE
    ? { executor: 'constant-arrival-rate', rate: n('RATE'), timeUnit: '1s', duration: __ENV.D, preAllocatedVUs: n('VUS'), maxVUs: n('VUS') }
    : { executor: 'constant-vus', vus: n('VUS'), duration: __ENV.D } },
};
export default function () { http.post(__ENV.URL, body, p); }
J
  cat >"$OUT/nginx.conf" <<N
worker_processes 1; daemon off; pid $OUT/nginx.pid; error_log $OUT/nginx.err crit;
events { worker_connections 12000; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 120s; client_body_buffer_size 16k;
  client_body_temp_path $OUT/nb; proxy_temp_path $OUT/np; fastcgi_temp_path $OUT/nf; uwsgi_temp_path $OUT/nu; scgi_temp_path $OUT/ns;
  server { listen 127.0.0.1:$NP backlog=4096; location / { default_type application/json; return 200 '$answer'; } } }
N
}

SERVERS=()
up() {
  bench-target -addr 127.0.0.1:$GP -life 40m & SERVERS+=($!)
  if command -v nginx >/dev/null; then nginx -c "$OUT/nginx.conf" & SERVERS+=($!); fi
  for _ in $(seq 50); do curl -s -o /dev/null $GO/reset && return; sleep .1; done
  echo "the target did not start" >&2; exit 1
}
down() { for p in "${SERVERS[@]:-}"; do [ -n "$p" ] && kill "$p" 2>/dev/null; done; wait 2>/dev/null; SERVERS=(); }
trap down EXIT

# cpu: busy ticks of the machine, and those its host took away. others: ticks of
# every process that is not of this script's group. The first is sampled and goes
# wrong by tens of percent for a load that beats in time with the sampling.
cpu() { awk '/^cpu /{print $2+$3+$4+$7+$8, $9; exit}' /proc/stat; }
GROUP=$(awk '{sub(/.*\) /,""); print $3}' /proc/$$/stat)
others() { cat /proc/[0-9]*/stat 2>/dev/null | awk -v g="$GROUP" '{sub(/.*\) /,""); if($3!=g) t+=$12+$13+$14+$15} END{print t+0}'; }
quiet() {
  local b0 b1 s
  for _ in $(seq "${GATE:-40}"); do
    read -r b0 s < <(cpu); sleep 1; read -r b1 s < <(cpu)
    [ $((b1 - b0)) -lt 12 ] && return
  done
}
ms() { awk '{v=$1; u=v; gsub(/[0-9.]/,"",u); sub(/[^0-9.].*/,"",v); k=(u=="us"||u=="µs")?.001:(u=="s")?1000:(u=="m")?60000:1; printf "%.3f", v*k}'; }
json() { grep -aoE "\"$1\":[-+0-9.e]+" "$2" | head -1 | cut -d: -f2; }
trend() { grep -a http_req_duration "$1" | head -1 | grep -o "$2=[^ ]*" | cut -d= -f2 | ms; }

# figures KIND FILE prints "name value" lines: n requests, reported p95 and p99 in ms.
figures() {
  local f=$2
  case $1 in
  ours) echo "n $(json n "$f")"; echo "p95 $(json p95 "$f")"; echo "p99 $(json p99 "$f")"; echo "dropped $(json dropped "$f")" ;;
  wrk*) echo "n $(awk '/requests in/{print $1}' "$f")"; echo "p99 $(awk '$1=="99.000%"||$1=="99%"{print $2; exit}' "$f" | ms)"
    echo "p95 $(awk '/Detailed Percentile/{d=1} d&&$2+0>=.95{print $1; exit}' "$f")" ;;
  k6) echo "n $(awk '/http_reqs/{print $2}' "$f")"; echo "p95 $(trend "$f" 'p(95)')"; echo "p99 $(trend "$f" 'p(99)')"
    echo "dropped $(awk '/dropped_iterations/{print $2}' "$f")" ;;
  hey) echo "n $(awk '/responses$/{s+=$2} END{print s}' "$f")" ;;
  esac
}

# one PART TOOL KIND RATE command...: runs a tool once, again when others were busy.
one() {
  local part=$1 tool=$2 kind=$3 rate=$4; shift 4
  command -v "$1" >/dev/null || { echo "$part: $1 is not installed, left out" >&2; return 0; }
  local f="$OUT/$part.$tool.$ROUND.txt" b0 b1 s0 s1 o0 o1 user system rss wall other
  for _ in 1 2 3; do
    quiet
    curl -s -o /dev/null $GO/reset
    o0=$(others); read -r b0 s0 < <(cpu)
    (cd "$OUT" && timeout 45 env time -q -o "$f.time" -f '%U %S %M %e' "$@" >"$f" 2>"$f.err")
    read -r b1 s1 < <(cpu); o1=$(others)
    curl -s "$GO/report?rate=$rate" >"$f.report"
    read -r user system rss wall < <(tail -1 "$f.time")
    other=$(awk "BEGIN{printf \"%.1f\", ($o1-$o0+$s1-$s0)/($wall*$CORES)}")
    awk "BEGIN{exit !($other<${MAXOTHER:-6})}" && break
    echo "$part $tool: others took $other% of the machine, once more" >&2
  done
  { figures "$kind" "$f"; echo "user $user"; echo "system $system"; echo "rss_kib $rss"; echo "wall $wall"; echo "other $other"
    for k in n peak rate lag_p50_us lag_p99_us volley iod; do echo "server.$k $(json $k "$f.report")"; done
  } | awk -v p="$part" -v t="$tool" -v r="$ROUND" 'NF==2{v[$1]=$2; o[++c]=$1}
    END{n=v["n"]; if(p=="open"||p=="memory"||p=="stall") n=v["server.n"]; if(n>0){o[++c]="cpu_us"; v["cpu_us"]=(v["user"]+v["system"])*1e6/n}
      if(p=="memory"&&v["server.peak"]>0){o[++c]="kib"; v["kib"]=v["rss_kib"]/v["server.peak"]}
      for(i=1;i<=c;i++) print p"\t"t"\t"r"\t"o[i]"\t"v[o[i]]}' >>"$OUT/results.tsv"
}

open_() {
  one open ours ours 2000 benchcmd -url $GO -path / -rate 2000 -d 10s -samples=false
  one open wrk2 wrk2 2000 wrk2 -t1 -c64 -d10s -R2000 -L -s post.lua $GO/
  one open k6 k6 2000 k6 run -q -e URL=$GO/ -e RATE=2000 -e VUS=200 -e D=10s k6.js
}
stall() {
  one stall ours ours 200 benchcmd -url $GO -path /stall -rate 200 -d 10s -samples=false
  one stall k6-250 k6 200 k6 run -q -e URL=$GO/stall -e RATE=200 -e VUS=250 -e D=10s k6.js
  one stall ours-10 ours 200 benchcmd -url $GO -path /stall -rate 200 -d 10s -samples=false -ceiling 10
  one stall k6-10 k6 200 k6 run -q -e URL=$GO/stall -e RATE=200 -e VUS=10 -e D=10s k6.js
  one stall wrk2-10 wrk2 200 wrk2 -t1 -c10 -d10s -R200 -L -s post.lua $GO/stall
}
closed() {
  command -v nginx >/dev/null || { echo "closed: nginx is not installed, left out" >&2; return 0; }
  one closed ours ours - benchcmd -url $NG -path / -conns 64 -d 5s -samples=false
  one closed wrk wrk - wrk -t1 -c64 -d5s --latency -s post.lua $NG/
}
memory() {
  one memory ours ours 1000 benchcmd -url $GO -path '/sleep?ms=5000' -rate 1000 -d 10s -samples=false
  one memory k6 k6 1000 k6 run -q -e URL="$GO/sleep?ms=5000" -e RATE=1000 -e VUS=5300 -e D=10s k6.js
  one memory hey hey 1000 hey -n 10000 -c 5000 -t 20 -m POST -T application/json -D body.json "$GO/sleep?ms=5000"
}
growth() { # the resident memory of one run, every 10 s
  local p at
  (cd "$OUT" && exec timeout 90 benchcmd -url $GO -path / -rate 2000 -d 61s -samples=false >"$OUT/growth.$ROUND.txt") & p=$!
  for at in 10 20 30 40 50 60; do
    sleep 10
    printf 'growth\tours\t%s\trss_kib_at_%ss\t%s\n' "$ROUND" "$at" "$(awk '/^VmRSS/{print $2}' "/proc/$(pgrep -P "$p" || echo "$p")/status")" >>"$OUT/results.tsv"
  done
  wait "$p"
}

run() {
  local part
  inputs; up
  for part in "${@:-open stall closed memory growth}"; do for part in $part; do
    for ROUND in $(seq "${FIRST:-1}" "$ROUNDS"); do
      case $part in open) open_ ;; stall | closed | memory) $part ;; growth) [ "$ROUND" != 1 ] || growth ;; *) echo "no part $part" >&2; exit 2 ;; esac
    done
  done; done
}

# table: runs in which others took too much are left out.
table() {
  awk -F'\t' -v most="${MAXOTHER:-6}" '
  function sorted(s, v,  n,i,j,t){n=split(s,v," ");for(i=1;i<=n;i++)for(j=i+1;j<=n;j++)if(v[j]+0<v[i]+0){t=v[i];v[i]=v[j];v[j]=t};return n}
  function line(name, s,  v,n){n=sorted(s,v); if(n) printf "%s\t%.6g\t%.6g\t%.6g\t%d\n",name,v[int((n+1)/2)],v[1],v[n],n}
  function ratio(part, key, a, b,  r,s){s="";for(r=1;r<=rounds;r++) if(((part,a,r,key) in x)&&((part,b,r,key) in x)&&!noisy[part,a,r]&&!noisy[part,b,r]&&x[part,b,r,key]>0) s=s" "x[part,a,r,key]/x[part,b,r,key]; line(part"\t"a" ÷ "b"\t"key,s)}
  {x[$1,$2,$3,$4]=$5; if(!(($1,$2,$4) in seen)){seen[$1,$2,$4]=1; ord[++n]=$1"\t"$2"\t"$4}; if($3>rounds)rounds=$3; if($4=="other"){if($5>=most){noisy[$1,$2,$3]=1} else delete noisy[$1,$2,$3]}}
  END{print "part\ttool\tfigure\tmedian\tleast\tmost\truns"
    for(i=1;i<=n;i++){split(ord[i],k,"\t"); s=""; for(r=1;r<=rounds;r++) if(((k[1],k[2],r,k[3]) in x)&&!noisy[k[1],k[2],r]) s=s" "x[k[1],k[2],r,k[3]]; line(ord[i],s)}
    ratio("open","server.lag_p99_us","ours","wrk2"); ratio("open","server.lag_p99_us","ours","k6"); ratio("open","cpu_us","ours","k6"); ratio("open","cpu_us","ours","wrk2")
    ratio("closed","cpu_us","ours","wrk"); ratio("memory","kib","ours","k6"); ratio("memory","kib","ours","hey")}' "$OUT/results.tsv"
}

case ${1:-} in
run) shift; run "$@" ;;
table) table ;;
*) sed -n '2,/^set -u/{/^set -u/d;p}' "${BASH_SOURCE[0]}" ;;
esac
