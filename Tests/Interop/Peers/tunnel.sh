# Sends flows through Examples/Tunnel in a network namespace of its own: tunnel.sh TUNNEL FLOWS MEBIBYTES
set -euo pipefail
exec unshare --net bash -euo pipefail -c '
  ip link set lo up
  ulimit -n 8192
  "$1" tun0 10.9.0.1/16 "$3" & tunnel=$!
  trap "kill $tunnel 2>/dev/null || true" EXIT
  until ip route add 192.0.2.0/24 dev tun0 2>/dev/null; do kill -0 $tunnel; sleep 0.05; done
  python3 "$(dirname "$0")/flows.py" "$2"
  kill -TERM $tunnel
  wait $tunnel
' "$0" "$@"
