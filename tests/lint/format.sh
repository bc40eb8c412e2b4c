#!/usr/bin/env bash
# clang-format 14 (Debian 12's) leaves every C++ file as it is. tests/lint/format.sh --fix formats them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mapfile -t files < <(find src bench tests -name '*.hpp' -o -name '*.cpp' 2>/dev/null | sort)
if [ "${1:-}" = --fix ]; then clang-format-14 -i "${files[@]}"; else clang-format-14 --dry-run -Werror "${files[@]}"; fi
echo "${#files[@]} files"
