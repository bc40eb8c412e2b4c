#!/usr/bin/env bash
# Every check of ./dev lint, one after the other; all of them run, the exit code is 0 only when all pass.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
failed=0
check() {
    local label=$1 began=$SECONDS output
    shift
    if output=$("$@" 2>&1); then
        printf '· %s: good%s (%d s)\n' "$label" "${output:+, ${output##*$'\n'}}" $((SECONDS - began))
    else
        printf '· %s: FAILED (%d s)\n%s\n' "$label" $((SECONDS - began)) "$output"
        failed=1
    fi
}

check "C++ format" tests/lint/format.sh
check "include directions" node tests/lint/includes.mjs
check "refusals have sentences" node tests/lint/reasons.mjs
check "tree" node tests/lint/tree.mjs
check "shell scripts" bash -c 'shellcheck -S warning -x dev .ci/run packaging/deb/postinst packaging/deb/prerm packaging/deb/postrm $(find packaging tests bench -name "*.sh" 2>/dev/null)'
check "web texts, types and sizes" npm --prefix web run --silent check
check "static analysis" node tests/lint/tidy.mjs
[ $failed = 0 ] && echo "lint: all good" || echo "lint: see the failures above"
exit $failed
