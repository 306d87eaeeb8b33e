#!/usr/bin/env bash
# Shows Claviger at work on this machine: `make run` calls it after building.
#
# It keeps everything in .run (or in CLAVIGER_RUN_DIR): the data, the keys, the
# letters to the sample clinicians. A second run goes on with the same data.
# Remove the directory to begin anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

dir=${CLAVIGER_RUN_DIR:-.run}
issuer=http://localhost:8080
portal=http://localhost:8090
claviger=(bin/claviger --config "$dir/claviger.toml" --data "$dir/data")

say() { printf '%s\n' "$*"; }
fail() { printf 'make run: %s\n' "$*" >&2; exit 1; }

umask 077
mkdir -p "$dir"

# The portal, on this machine, is told when people sign out.
[ -e "$dir/claviger.toml" ] || printf '[outbound]\nallow = ["127.0.0.1"]\n' >"$dir/claviger.toml"

server_pid=
portal_pid=
stop() {
	trap - EXIT INT TERM HUP
	for pid in $portal_pid $server_pid; do
		kill -TERM "$pid" 2>/dev/null || true
	done
	for pid in $portal_pid $server_pid; do
		wait "$pid" 2>/dev/null || true
	done
}
trap stop EXIT
trap 'say; say "Stopping."; exit 0' INT TERM HUP

in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
for port in 8080 8081 8090; do
	if in_use "$port"; then
		fail "port $port is in use; stop what listens there and try again"
	fi
done

# Each run enrols five more clinicians, so that there is always somebody with a
# temporary password that nobody has used yet.
run=1
while [ -e "$dir/letters/$run" ]; do run=$((run + 1)); done
rows=25
[ "$run" = 1 ] || rows=5
letters=$dir/letters/$run
mkdir -p "$dir/letters"

say "Enrolling $rows sample clinicians ..."
rm -f "$dir/roster-$run.csv" # of a run that did not get further
bin/claviger roster sample --rows "$rows" --seed "$run" --out "$dir/roster-$run.csv" >/dev/null 2>&1
"${claviger[@]}" enroll import "$dir/roster-$run.csv" --letters "$letters" --rejects "$dir/rejects-$run.csv" >"$dir/import.log" 2>&1 ||
	fail "the roster could not be imported: $(cat "$dir/import.log")"

[ -e "$dir/portal.secret" ] || "${claviger[@]}" client register --id portal --name "Meadowlark Provider Portal" \
	--redirect-uri "$portal/callback" --post-logout-redirect-uri "$portal/signed-out" \
	--backchannel-logout-uri http://127.0.0.1:8090/backchannel-logout \
	--secret-out "$dir/portal.secret" >/dev/null

# Each person is written two letters, which share their file's name. What each is
# about stands alone on an indented line.
letter=$(cd "$letters/user-id" && find . -name '*.txt' | sort | head -n 1)
[ -n "$letter" ] || fail "the import wrote no letter: $(cat "$dir/import.log")"
value() { sed -n "s/^ *$2: *\([^ ]*\) *$/\1/p" "$letters/$1/$letter" | head -n 1; }
user_id=$(value user-id "User ID")
temporary=$(value temporary-password "Temporary password")

# A process group of its own for each: Ctrl-C reaches this script alone, which
# stops them in order.
set -m
"${claviger[@]}" serve >"$dir/claviger.log" 2>&1 &
server_pid=$!
bin/portal --issuer "$issuer" --client-id portal --client-secret-file "$dir/portal.secret" >"$dir/portal.log" 2>&1 &
portal_pid=$!
set +m

ready() { # HOST:PORT PATH
	local status
	exec 3<>"/dev/tcp/${1%:*}/${1#*:}" || return 1
	printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$2" "$1" >&3
	read -r _ status _ <&3
	exec 3>&-
	[ "$status" = 200 ]
}
await() { # NAME PID HOST:PORT PATH LOG
	for _ in $(seq 300); do
		ready "$3" "$4" 2>/dev/null && return 0
		kill -0 "$2" 2>/dev/null || fail "$1 ended: $(tail -n 5 "$5")"
		sleep 0.1
	done
	fail "$1 is not ready after 30 seconds; see $5"
}
await claviger "$server_pid" 127.0.0.1:8081 /readyz "$dir/claviger.log"
await portal "$portal_pid" 127.0.0.1:8090 / "$dir/portal.log"

cat <<EOF

  Claviger is running.

    Open                 $portal
    User ID              $user_id
    Temporary password   $temporary

  You will be asked for a password of your own: 15 characters or more. The other
  letters are in $letters, people of earlier runs keep their passwords.

  Identity provider    $issuer
  Health and metrics   http://127.0.0.1:8081
  Logs                 $dir/claviger.log, $dir/portal.log

  Ctrl-C stops everything.

EOF

# Until one of the two ends, or Ctrl-C.
wait -n "$server_pid" "$portal_pid" || true
fail "one of the programs ended; see $dir/claviger.log and $dir/portal.log"
