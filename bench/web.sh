#!/bin/bash
# What a request, a GiB and a slow reader cost: strata on the kernel's sockets beside nginx, in one run on
# one machine. One loop against one worker process. CPU is the time that the serving process ran.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_A_RUN:-3}
runs=${RUNS:-5}
readers=${READERS:-1000 8000}
for program in nginx wrk curl python3; do
  command -v "$program" >/dev/null || {
    echo "bench web needs $program: apt-get install nginx-light wrk curl python3" >&2
    exit 69
  }
done
strata=${STRATA:-.build/release/strata}
[ -x "$strata" ] || swift build -c release --product strata
ulimit -n "$(ulimit -Hn)"

place=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$place"' EXIT
mkdir "$place/files" "$place/logs"
head -c 1024 /dev/urandom >"$place/files/1k.bin"
head -c $((1 << 30)) /dev/zero >"$place/files/1g.bin"
chmod -R a+rX "$place"
# Bytes of files that changed just now are not kept.
sleep 5

cat >"$place/nginx.conf" <<TEXT
worker_processes 1;
worker_rlimit_nofile 65536;
pid $place/nginx.pid;
error_log $place/logs/error.log;
daemon off;
events { worker_connections 20000; }
http {
  access_log off;
  sendfile on;
  keepalive_requests 1000000000;
  default_type application/octet-stream;
  server { listen 127.0.0.1:8391 backlog=8192; root $place/files; }
}
TEXT

nginx -p "$place" -c "$place/nginx.conf" &
pids+=($!)
"$strata" serve "$place/files" --on kernel --listen 127.0.0.1:8392 -q >/dev/null &
pids+=($!)
for port in 8391 8392; do
  curl --silent --retry 50 --retry-connrefused --retry-delay 1 --output /dev/null "http://127.0.0.1:$port/1k.bin"
done
worker=$(pgrep -P "${pids[0]}" | head -1)

# Nanoseconds that a process ran, all its threads together.
ran() { cat /proc/"$1"/task/*/schedstat | awk '{sum += $1} END {printf "%.0f", sum}'; }
# Resident bytes of a process; bytes of socket memory; bytes of the kernel's slabs.
resident() { awk '/^VmRSS/ {printf "%.0f", $2 * 1024}' /proc/"$1"/status; }
sockets() { awk '/^TCP:/ {printf "%.0f", $NF * 4096}' /proc/net/sockstat; }
slabs() { awk '/^Slab/ {printf "%.0f", $2 * 1024}' /proc/meminfo; }

# The middle one of some numbers.
median() { printf '%s\n' "$@" | sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# CPU microseconds a request of 1 KiB on 64 connections: of one run.
request() {
  local port=$1 pid=$2 before after count
  before=$(ran "$pid")
  count=$(wrk -t1 -c64 -d"${seconds}s" "http://127.0.0.1:$port/1k.bin" | awk '/requests in/ {print $1}')
  after=$(ran "$pid")
  awk -v t=$((after - before)) -v c="$count" 'BEGIN {printf "%.2f", t / c / 1e3}'
}

# CPU seconds of one GiB down: the server's, and both ends' together. On loopback the kernel does a sender's
# work in the reader's time too, as acknowledgments come in: only the sum is a fair figure.
gigabyte() {
  local port=$1 pid=$2 before after client
  before=$(ran "$pid")
  client=$( { TIMEFORMAT='%3U %3S'; time curl --silent --output /dev/null "http://127.0.0.1:$port/1g.bin"; } 2>&1)
  after=$(ran "$pid")
  awk -v t=$((after - before)) -v c="$client" 'BEGIN {
    split(c, used, " ")
    printf "%.3f %.3f", t / 1e9, t / 1e9 + used[1] + used[2]}'
}

# Both servers in turns, so that what else the machine does meets both; the median of all runs.
measure() {
  local run figures nginx_us=() strata_us=() nginx_s=() nginx_both=() strata_s=() strata_both=()
  for run in $(seq "$runs"); do
    nginx_us+=("$(request 8391 "$worker")")
    strata_us+=("$(request 8392 "${pids[1]}")")
    read -ra figures <<<"$(gigabyte 8391 "$worker")"
    nginx_s+=("${figures[0]}") nginx_both+=("${figures[1]}")
    read -ra figures <<<"$(gigabyte 8392 "${pids[1]}")"
    strata_s+=("${figures[0]}") strata_both+=("${figures[1]}")
  done
  echo "medians of $runs runs in turns:"
  printf '%-8s 1 KiB, 64 connections   %7.2f us of CPU a request (%s)\n' \
    nginx "$(median "${nginx_us[@]}")" "${nginx_us[*]}" strata "$(median "${strata_us[@]}")" "${strata_us[*]}"
  printf '%-8s 1 GiB down              %7.3f s of CPU, %.3f with the client (%s)\n' \
    nginx "$(median "${nginx_s[@]}")" "$(median "${nginx_both[@]}")" "${nginx_both[*]}" \
    strata "$(median "${strata_s[@]}")" "$(median "${strata_both[@]}")" "${strata_both[*]}"
}

hold() {
  local name=$1 port=$2 pid=$3 count=$4 rss socket slab
  # Sockets of the run before may still hold what they were sent.
  local tries
  for tries in $(seq 60); do
    [ "$(sockets)" -lt 67108864 ] && break
    sleep 1
  done
  rss=$(resident "$pid") socket=$(sockets) slab=$(slabs)
  coproc READERS_RUN { python3 bench/slow_readers.py "$port" "$count"; }
  local client=$READERS_RUN_PID
  read -r _ <&"${READERS_RUN[0]}"
  awk -v n="$name" -v c="$count" -v r=$(($(resident "$pid") - rss)) -v s=$(($(sockets) - socket)) \
    -v l=$(($(slabs) - slab)) 'BEGIN {
      printf "%-8s %5d slow readers      %7.1f KiB user, %7.1f KiB socket buffers (both ends), ", n, c,
        r / c / 1024, s / c / 1024
      printf "%6.1f KiB slabs, a connection\n", l / c / 1024}'
  kill "$client" 2>/dev/null || true
  wait "$client" 2>/dev/null || true
}

measure
for count in $readers; do
  hold nginx 8391 "$worker" "$count"
  hold strata 8392 "${pids[1]}" "$count"
done
