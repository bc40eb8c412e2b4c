#!/usr/bin/env bash
# A private PostgreSQL cluster for tests and benchmarks: in a temporary directory, on a Unix socket only, as a user who is
# not root, without fsync unless --durable. Prints the URL of a database whose owner has no special rights.
#   tests/postgres.sh start [--durable | --tuned]   prints "DIRECTORY URL"; --tuned is --durable with the settings that
#                                         docs/operations.md recommends
#   tests/postgres.sh stop DIRECTORY      ends the server and removes the directory
# For tests of faults:
#   tests/postgres.sh crash DIRECTORY     ends the server as a power cut of the process does; again DIRECTORY starts it
#   tests/postgres.sh replica DIRECTORY   adds a synchronous standby (streaming), prints "URL" that names both
#   tests/postgres.sh failover DIRECTORY  crashes the first server and promotes the standby
#   tests/postgres.sh log DIRECTORY       prints the end of what each server has logged
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

run_server() { as_user "$bin/pg_ctl" -D "$1" -w -l "$1/server.log" -o "$(cat "$2/settings") $3" start >>"$2/start.log" </dev/null; }
own_directory() {
    directory=${1:-}
    case $directory in /tmp/motcua-pg.*) ;; *) die "'$directory' is not a directory made by start" ;; esac
}

case ${1:-} in
    start)
        directory=$(mktemp -d /tmp/motcua-pg.XXXXXX)
        chmod 755 "$directory"
        chown "$user" "$directory"
        settings="-c listen_addresses='' -c max_connections=300 -c wal_level=replica"
        case ${2:-} in
            '') settings+=" -c fsync=off -c full_page_writes=off" ;;
            --durable) ;;
            --tuned) settings+=" -c shared_buffers=2GB -c max_wal_size=8GB -c checkpoint_timeout=15min -c wal_compression=lz4" ;;
            *) die "start takes --durable or --tuned" ;;
        esac
        printf '%s\n' "$settings" >"$directory/settings"
        chown -R "$user" "$directory"
        stop() { as_user "$bin/pg_ctl" -D "$directory/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$directory"; }
        trap stop ERR
        as_user "$bin/initdb" -D "$directory/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N >"$directory/initdb.log"
        run_server "$directory/data" "$directory" "-c unix_socket_directories=$directory"
        as_user "$bin/psql" -q -h "$directory" -U postgres -d postgres -c 'CREATE ROLE motcua LOGIN' -c 'CREATE DATABASE motcua OWNER motcua'
        printf '%s postgresql://motcua@/motcua?host=%s\n' "$directory" "$directory"
        ;;
    stop)
        own_directory "${2:-}"
        for data in "$directory/data" "$directory/standby"; do
            as_user "$bin/pg_ctl" -D "$data" -m immediate stop >/dev/null 2>&1 || true
        done
        rm -rf "$directory"
        ;;
    crash)
        own_directory "${2:-}"
        as_user "$bin/pg_ctl" -D "$directory/data" -m immediate stop >/dev/null
        ;;
    again)
        own_directory "${2:-}"
        run_server "$directory/data" "$directory" "-c unix_socket_directories=$directory"
        ;;
    replica)
        own_directory "${2:-}"
        as_user mkdir -p "$directory/two"
        as_user "$bin/pg_basebackup" -h "$directory" -U postgres -D "$directory/standby" -R -X stream -c fast >"$directory/backup.log" 2>&1
        run_server "$directory/standby" "$directory" "-c unix_socket_directories=$directory/two"
        as_user "$bin/psql" -q -h "$directory" -U postgres -d postgres -c "ALTER SYSTEM SET synchronous_standby_names = '*'" -c 'SELECT pg_reload_conf()' >/dev/null
        printf 'postgresql://motcua@/motcua?host=%s,%s&target_session_attrs=read-write\n' "$directory" "$directory/two"
        ;;
    failover)
        own_directory "${2:-}"
        as_user "$bin/pg_ctl" -D "$directory/data" -m immediate stop >/dev/null
        as_user "$bin/pg_ctl" -D "$directory/standby" -w promote >/dev/null
        as_user "$bin/psql" -q -h "$directory/two" -U postgres -d postgres -c "ALTER SYSTEM RESET synchronous_standby_names" -c 'SELECT pg_reload_conf()' >/dev/null
        ;;
    log)
        own_directory "${2:-}"
        for log in "$directory"/{data,standby}/server.log; do
            [ ! -e "$log" ] || as_user tail -n 60 -v "$log"
        done
        ;;
    *) die "usage: tests/postgres.sh start [--durable|--tuned] | stop, crash, again, replica, failover or log DIRECTORY" ;;
esac
