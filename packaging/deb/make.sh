#!/usr/bin/env bash
# Makes motcua_VERSION_ARCH.deb from a release build: program, systemd unit, configuration, manual page. The libraries it depends on
# are read from the program (dpkg-shlibdeps). usage: make.sh PROGRAM FOLDER → FOLDER/motcua_VERSION_ARCH.deb
set -euo pipefail
umask 022
program=$(realpath "$1")
out=$(realpath "$2")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

version=$(sed -n 's/^project(motcua VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=$(git -c safe.directory="$root" -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree

install -D -m 755 "$program" "$tree/usr/bin/motcua"
strip --strip-unneeded --remove-section=.comment "$tree/usr/bin/motcua"
install -D -m 644 "$here/motcua.service" "$tree/lib/systemd/system/motcua.service"
install -D -m 644 "$here/motcua.conf" "$tree/etc/motcua/motcua.conf"
install -D -m 644 "$here/motcua.1" "$tree/usr/share/man/man1/motcua.1"
gzip -9n "$tree/usr/share/man/man1/motcua.1"
install -D -m 644 "$here/copyright" "$tree/usr/share/doc/motcua/copyright"

mkdir -p "$work/debian"
printf 'Source: motcua\n\nPackage: motcua\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O -e"$tree/usr/bin/motcua" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "make.sh: dpkg-shlibdeps found no libraries" >&2; exit 1; }
# libmagic finds the kinds of files in a database of its own package.
case $depends in *libmagic1*) depends="$depends, libmagic-mgc" ;; esac

mkdir -p "$tree/DEBIAN"
cat >"$tree/DEBIAN/control" <<CONTROL
Package: motcua
Version: $version
Architecture: $arch
Maintainer: Motcua maintainers <maintainers@motcua.example>
Installed-Size: $(du -sk --exclude=DEBIAN "$tree" | cut -f1)
Depends: adduser, $depends
Recommends: ca-certificates, tzdata
Suggests: nginx
Section: net
Priority: optional
Homepage: https://motcua.example
Description: administrative procedures of a province, from filing to result
 The public service portal and the one-stop shop for administrative
 procedures in one program: citizens file dossiers at any counter, online or
 by post; officers carry them through inter-agency processes against legal
 deadlines. Data is kept in one directory.
CONTROL
echo /etc/motcua/motcua.conf >"$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 755 "$here/$script" "$tree/DEBIAN/$script"; done
(cd "$tree" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

package=$out/motcua_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$tree" "$package" >/dev/null
echo "${package#"$root"/}: $(stat -c %s "$package") bytes, depends on $depends"
