#!/usr/bin/env bash
# A private PostgreSQL cluster for tests and benchmarks: in a temporary directory, on a Unix socket only, as a user who is
# not root, without fsync unless --durable. Prints the URL of a database whose owner has no special rights.
#   tests/postgres.sh start [--durable]   prints "DIRECTORY URL"
#   tests/postgres.sh stop DIRECTORY      ends the server and removes the directory
set -euo pipefail

die() { printf 'tests/postgres.sh: %s\n' "$*" >&2; exit 1; }

bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[ -x "${bin:-}/initdb" ] || die "the Debian package postgresql-15 is missing"

# initdb refuses to run as root.
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id -u "$user" >/dev/null 2>&1 || user=nobody
    as_user() { (cd / && setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups env HOME=/ LC_ALL=C.UTF-8 "$@"); }
else
    user=$(id -un)
    as_user() { (cd / && LC_ALL=C.UTF-8 "$@"); }
fi

case ${1:-} in
    start)
        directory=$(mktemp -d /tmp/motcua-pg.XXXXXX)
        chmod 755 "$directory"
        chown "$user" "$directory"
        settings="-c listen_addresses='' -c unix_socket_directories=$directory -c max_connections=300 -c wal_level=replica"
        [ "${2:-}" = --durable ] || settings+=" -c fsync=off -c full_page_writes=off"
        stop() { as_user "$bin/pg_ctl" -D "$directory/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$directory"; }
        trap stop ERR
        as_user "$bin/initdb" -D "$directory/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N >"$directory/initdb.log"
        as_user "$bin/pg_ctl" -D "$directory/data" -w -l "$directory/data/server.log" -o "$settings" start >"$directory/start.log" </dev/null
        as_user "$bin/psql" -q -h "$directory" -U postgres -d postgres -c 'CREATE ROLE motcua LOGIN' -c 'CREATE DATABASE motcua OWNER motcua'
        printf '%s postgresql://motcua@/motcua?host=%s\n' "$directory" "$directory"
        ;;
    stop)
        directory=${2:-}
        case $directory in /tmp/motcua-pg.*) ;; *) die "'$directory' is not a directory made by start" ;; esac
        as_user "$bin/pg_ctl" -D "$directory/data" -m immediate stop >/dev/null 2>&1 || true
        rm -rf "$directory"
        ;;
    *) die "usage: tests/postgres.sh start [--durable] | stop DIRECTORY" ;;
esac
