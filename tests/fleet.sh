#!/usr/bin/env bash
# Loggers in network namespaces of their own, one nfacctd, one PostgreSQL: do the sums in the database equal what was
# sent? As root, in namespaces of its own: unshare -mn tests/fleet.sh TUNSTATS PROGRAMS-OF-POSTGRESQL FOLDER [LOGGERS]
set -euo pipefail
tunstats=$1 programs=$2 folder=$3 loggers=${4:-100}
rounds=3
db=$folder/db

fail() {
    echo "$1" >&2
    tail -n 20 "$folder"/*.log >&2
    exit 1
}

until_true() {
    for _ in $(seq 300); do
        if "$@"; then
            return
        fi
        sleep 0.2
    done
    fail "gave up waiting: $*"
}

query() {
    psql -h "$db" -U postgres -qAt -c "$1" 2>>"$folder/psql.log"
}

ip link set lo up
mount -t tmpfs tmpfs /run
mkdir -p /run/netns "$db"
chmod 755 "$folder"
chown postgres "$db"

cd /
runuser -u postgres -- "$programs/initdb" -A trust -N --locale=C -D "$db/data" >"$folder/initdb.log"
runuser -u postgres -- "$programs/postgres" -D "$db/data" -k "$db" -c listen_addresses= -c fsync=off \
    &>"$folder/postgres.log" &
until_true query 'SELECT 1' >/dev/null
query 'CREATE TABLE flows (export_proto_sysid bigint, packets bigint, bytes bigint, port_dst integer,
    stamp_inserted timestamp, stamp_updated timestamp)'

cat >"$folder/nfacctd.conf" <<END
nfacctd_ip: 127.0.0.1
nfacctd_port: 4739
nfacctd_pipe_size: 8000000
plugins: pgsql
plugin_pipe_size: 100000000
aggregate: export_proto_sysid,dst_port
sql_host: $db
sql_db: postgres
sql_user: postgres
sql_passwd: unused
sql_table: flows
sql_optimize_clauses: true
sql_refresh_time: 1
sql_history: 1m
sql_history_roundoff: m
sql_dont_try_update: true
END
nfacctd -f "$folder/nfacctd.conf" &>"$folder/nfacctd.log" &
until_true grep -q 'waiting for NetFlow' "$folder/nfacctd.log"
until_true grep -q 'base cache memory' "$folder/nfacctd.log"

ids=()
for i in $(seq "$loggers"); do
    ip netns add "x$i"
    ip netns exec "x$i" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
    ip -n "x$i" link add "t$i" type veth peer name "p$i"
    ip -n "x$i" address add 10.9.0.1/24 dev "t$i"
    ip -n "x$i" link set "p$i" up
    ip -n "x$i" link set "t$i" up
    ip -n "x$i" neighbour add 10.9.0.2 lladdr 02:00:00:00:00:01 dev "t$i" nud permanent
    "$tunstats" netlog "t$i" --netns "x$i" --interval 1s --ring-buffer 1 --physical none --overlay device \
        --ipfix 127.0.0.1:4739 &>"$folder/logger$i.log" &
    ids+=($!)
done

captures() {
    [[ $(ip netns exec "$1" cat /proc/net/packet | wc -l) -gt 1 ]]
}

for i in $(seq "$loggers"); do
    until_true captures "x$i"
done

# Logger i sees i packets to as many ports, of i + 100 bytes each before the headers, in each round.
for _ in $(seq "$rounds"); do
    for i in $(seq "$loggers"); do
        ip netns exec "x$i" bash -c '
            payload=$(printf "%*s" $(($1 + 100)) "")
            for ((port = 1000; port < 1000 + $1; port++)); do
                printf %s "$payload" >"/dev/udp/10.9.0.2/$port"
            done' - "$i"
    done
done

# One after the other: a socket of the default size has no room for the last windows of all at once.
for i in "${!ids[@]}"; do
    kill -TERM "${ids[i]}"
    wait "${ids[i]}" || fail "logger $((i + 1)) failed"
done

want=$(for i in $(seq "$loggers"); do echo "$((rounds * i))|$((rounds * i * (i + 128)))"; done)
is_complete() {
    [[ $(query 'SELECT sum(packets), sum(bytes) FROM flows GROUP BY export_proto_sysid ORDER BY 1') == "$want" ]]
}
until_true is_complete
echo "$loggers loggers: packets and bytes of each in PostgreSQL equal what was sent"
