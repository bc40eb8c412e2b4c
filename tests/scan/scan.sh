#!/usr/bin/env bash
# Outside eyes on a running server: wapiti walks the pages as a visitor, a citizen, an officer and an administrator,
# sqlmap tries to inject SQL into every kind of parameter. Any finding fails. The server is a demonstration of its own,
# with TLS and its limits lifted. Needs the packages of group scan (./dev scan installs them); takes 10 to 20 minutes.
# Usage: tests/scan/scan.sh PROGRAM [wapiti|sqlmap]
set -Eeuo pipefail
program=$(realpath "$1")
only=${2:-}
work=$(mktemp -d)
server=0
finish() {
    [ "$server" = 0 ] || kill "$server" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
base=https://127.0.0.1:$port
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
cat >"$work/motcua.conf" <<TEXT
http.public_url = $base
http.tls_certificate = $work/certificate.pem
http.tls_key = $work/key.pem
limits.account_reads = 0
limits.account_writes = 0
limits.account_look_ups = 0
limits.address_reads = 0
limits.address_writes = 0
limits.address_look_ups = 0
limits.address_sign_ins = 0
audit.refusals_per_hour = 0
log.level = warn
demo.enabled = true
TEXT
"$program" demo --data "$work/data" --prepare >"$work/demo.log"
password=$(sed -n '1s/.*: //p' "$work/demo.log")
"$program" serve --data "$work/data" --listen "127.0.0.1:$port" --config "$work/motcua.conf" >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do curl -ksf "$base/healthz" >/dev/null && break; sleep 0.2; done
curl -ksf "$base/healthz" >/dev/null

# session USER: the cookie of a signed-in session.
session() {
    curl -ks -o /dev/null -D - --data-urlencode "user_name=$1" --data-urlencode "password=$password" "$base/dang-nhap" |
        tr -d '\r' | sed -n 's/^[Ss]et-[Cc]ookie: \(motcua_session=[^;]*\).*/\1/p'
}
citizen_cookie=$(session congdan1)
officer_cookie=$(session trungtam.tiepnhan1)
administrator_cookie=$(session quantri)
if [ -z "$citizen_cookie" ] || [ -z "$officer_cookie" ] || [ -z "$administrator_cookie" ]; then
    echo "signing in failed"
    exit 1
fi
# Something for administrators to answer.
token=$(curl -ks -H 'Content-Type: application/json' -d "{\"user_name\":\"congdan1\",\"password\":\"$password\",\"bearer\":true}" "$base/api/v1/session" |
    sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
curl -ksf -o /dev/null -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d '{"kind":"correct","text":"Sai năm sinh"}' \
    "$base/api/v1/me/data-requests"
failed=0

# walk NAME START [COOKIE]: wapiti from a page on.
walk() {
    local report=$work/$1.json
    local cookie=()
    [ -z "${3:-}" ] || cookie=(-H "Cookie: $3")
    # Without modules that ask services outside (ssrf, wapp) or guess file names of other programs.
    timeout 900 wapiti -u "$base$2" --scope folder --verify-ssl 0 --flush-session --no-bugreport --store-session "$work/wapiti" \
        -m cookieflags,csp,csrf,crlf,exec,file,http_headers,permanentxss,redirect,sql,blindsql,xss,xxe,methods,shellshock \
        -d 6 --max-links-per-page 40 --max-files-per-dir 30 \
        --max-scan-time 240 --max-attack-time 60 -S normal -t 10 -f json -o "$report" "${cookie[@]}" >"$work/$1.log" 2>&1 || true
    python3 - "$report" "$1" "$work/wapiti" <<'PYTHON' || failed=1
import glob, json, os, sqlite3, sys
try:
    report = json.load(open(sys.argv[1]))
except OSError:
    sys.exit(f"wapiti {sys.argv[2]}: no report")
found = [(kind, one) for kind, all in report["vulnerabilities"].items() for one in all]
# A server that answers 500 or does not answer is a finding too.
found += [(kind, one) for kind, all in report["anomalies"].items() for one in all]
# X-XSS-Protection: browsers have dropped it; where it lives on it opened holes of its own.
found = [(kind, one) for kind, one in found if "X-XSS-Protection" not in one["info"]]
# Signing in, and a visitor who follows a dossier, have no session to hang a token on: a form from elsewhere is refused by its origin
# (permissions_test.cpp).
free = ("/dang-nhap", "/tra-cuu")
found = [(kind, one) for kind, one in found if not (one["path"].startswith(free) and "CSRF" in one["info"])]
# What a visitor chose about the display is read and changed by scripts; it says nothing about anybody.
shown = ("text", "lang", "contrast")
found = [(kind, one) for kind, one in found if not ("HttpOnly" in one["info"] and one["info"].rsplit(" ", 1)[-1] in shown)]
# Where it walked, as it keeps that for itself: a walk that ended at the door has found nothing and proves nothing. The
# page of signing in leads to a handful of addresses; who is inside reaches 27 (an administrator) and more.
walked_min = 10
kept = max(glob.glob(sys.argv[3] + "/*.db"), key=os.path.getmtime, default=None)
walked = sqlite3.connect(kept).execute("SELECT count(*) FROM paths WHERE evil = 0").fetchone()[0] if kept else 0
print(f"wapiti {sys.argv[2]}: {walked} addresses, {len(found)} findings")
if walked < walked_min:
    sys.exit("  too few: it did not get in")
for kind, one in found[:30]:
    print(f"  {kind}: {one['method']} {one['path']} {one.get('parameter', '')}: {one['info'][:160]}")
sys.exit(1 if found else 0)
PYTHON
}

# inject URL [COOKIE [FORM]]: sqlmap on every parameter.
inject() {
    local extra=()
    [ -z "${2:-}" ] || extra+=(--cookie "$2")
    [ -z "${3:-}" ] || extra+=(--data "$3")
    timeout 600 sqlmap -u "$base$1" --batch --flush-session --level 2 --risk 2 --technique BEUS --dbms sqlite --threads 4 \
        --ignore-code 401,403,404,422 --skip-waf --disable-coloring --output-dir "$work/sqlmap" "${extra[@]}" >"$work/sqlmap.log" 2>&1 || true
    # Words searched for change what is found, which looks like a boolean; behind a real one there is a database to name.
    if grep -q "back-end DBMS: \|Type: error-based\|Type: UNION\|Type: stacked" "$work/sqlmap.log"; then
        echo "sqlmap: $1 can be injected:"
        grep -A12 "identified the following" "$work/sqlmap.log" | head -20
        failed=1
    elif grep -q "identified the following" "$work/sqlmap.log"; then
        echo "sqlmap: $1 clean (answers differ by the words, no database behind it)"
    elif ! grep -q "do not appear to be injectable\|does not seem to be injectable\|all tested parameters" "$work/sqlmap.log"; then
        echo "sqlmap: $1 was not tested:"
        tail -3 "$work/sqlmap.log"
        failed=1
    else
        echo "sqlmap: $1 clean"
    fi
}

if [ "$only" != sqlmap ]; then
    walk visitor /
    walk citizen / "$citizen_cookie"
    walk officer /officer "$officer_cookie"
    walk administrator /officer "$administrator_cookie"
fi
if [ "$only" != wapiti ]; then
    inject "/thu-tuc?q=khai+sinh"
    inject "/tra-cuu?ma=H01.233-260302-0001"
    inject "/tra-cuu" "" "ma=H01.233-260302-0001&so=1234"
    inject "/api/v1/track?code=H01.233-260302-0001"
    inject "/api/v1/track" "" '{"code":"H01.233-260302-0001","digits":"1234"}'
    inject "/log/consistency?from=1&to=2"
    inject "/dang-nhap" "" "user_name=x&password=y"
    inject "/officer?q=H01" "$officer_cookie"
    inject "/officer/yeu-cau-du-lieu?sau=0000000000001" "$administrator_cookie"
    inject "/api/v1/tasks?of=unit&due=all&role=receiver" "$officer_cookie"
    inject "/api/v1/dossiers?limit=5" "$citizen_cookie"
    inject "/api/v1/dossiers/0000000000001*" "$citizen_cookie"
    inject "/api/v1/me/looks?limit=5" "$citizen_cookie"
fi
kill -0 "$server" || { echo "the server has ended"; tail -5 "$work/server.log"; failed=1; }
if grep -q '"level":"error"\|event=incident' "$work/server.log"; then
    echo "the server logged errors:"
    grep '"level":"error"\|event=incident' "$work/server.log" | head -5
    failed=1
fi
exit $failed
