#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The walls between the programs, held against sources and built programs:
# whoever has the network has no store, whoever has the keys has no network
# library, no mail parser and none for passkeys, GLib stays in the bridge, and
# libetpan's MIME parser is nowhere. Each check first shows that it can see what
# it looks for.
set -u
src=${POSTERN_SRCDIR:-.}
build=${POSTERN_BUILDDIR:-.}
failed=0

fail()
{
	echo "wall: $*" >&2
	failed=1
}

# includes DIRECTORY PATTERN: lines that include what matches.
includes()
{
	find "$src/$1" -name '*.[ch]' -exec \
		grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$2" \
		/dev/null {} +
}

no_include()
{
	found=$(includes "$1" "$2")
	[ -z "$found" ] || fail "$1/ must not include $2:
$found"
}

# symbols PROGRAM PATTERN: defined or wanted ones.
symbols()
{
	{ nm "$build/$1"; nm -D "$build/$1"; } 2>/dev/null |
		awk '{ sub(/@.*/, "", $NF); print $NF }' | grep -E "$2"
}

needs()
{
	readelf -d "$build/$1" | grep NEEDED | grep -F "$2"
}

no_symbol()
{
	found=$(symbols "$1" "$2" | sort -u | head -n 5)
	[ -z "$found" ] || fail "$1 has symbols $2:
$found"
}

no_need()
{
	found=$(needs "$1" "$2")
	[ -z "$found" ] || fail "$1 is linked with $2: $found"
}

see_symbol()
{
	[ -n "$(symbols "$1" "$2")" ] ||
		fail "$1: cannot even see its $2; is it stripped?"
}

see_include()
{
	[ -n "$(includes "$1" "$2")" ] || fail "$1/: cannot even see its $2"
}

# program PATH MAIN: must be there once its source is.
program()
{
	[ -f "$src/$2" ] || return 1
	[ -x "$build/$1" ] && return 0
	fail "$1 is not built"
	return 1
}

see_include bridge 'gmime/'
see_include bridge 'base/'
no_include bridge '(store|daemon|ctl)/'
no_include ctl '(store|daemon|bridge)/'
no_include store '(daemon|bridge|ctl)/'
no_include daemon '(bridge|ctl)/'
no_include base '(store|daemon|bridge|ctl|deliver)/'
for dir in base store daemon ctl deliver; do
	no_include "$dir" '(glib|gio|gmime|gobject)'
done
for dir in store daemon; do
	no_include "$dir" '(curl/|base/client)'
done
see_include daemon 'fido\.h'
found=$(includes daemon '(fido|cbor|openssl)' | grep -v '/daemon/judge\.c:')
[ -z "$found" ] || fail "only daemon/judge.c may include libfido2:
$found"
for dir in base store bridge ctl; do
	no_include "$dir" '(fido|cbor|openssl)'
done
see_include daemon/inspect 'zlib\.h'
see_include daemon/inspect 'base/'
no_include daemon/inspect '(store/|lmdb|sodium|daemon/[^i])'
for dir in base store bridge ctl; do
	no_include "$dir" 'zlib'
done
found=$(includes daemon 'zlib' | grep -v '/daemon/inspect/')
[ -z "$found" ] || fail "only daemon/inspect/ may unpack:
$found"
see_include bridge 'libetpan/'
found=$(includes bridge 'libetpan/' | grep -v '/bridge/imap\.c:')
[ -z "$found" ] || fail "only bridge/imap.c may include libetpan:
$found"
for dir in base store daemon ctl; do
	no_include "$dir" 'libetpan/'
done
for dir in base store daemon bridge ctl; do
	no_include "$dir" 'libetpan/(mailmime|mailimf|mailmessage)'
done

etpan='^(mailmime|mailimf|mailmessage)_'
glib='^(g|gio|gmime|g_mime|internet_address)_[a-z]'
store='^(store|kv|mdb|keyring|seal|thread|outbox)_'

if program bridge/postern-bridge bridge/main.c; then
	see_symbol bridge/postern-bridge '^g_mime_'
	see_symbol bridge/postern-bridge '^mailimap_'
	no_symbol bridge/postern-bridge "$store"
	no_symbol bridge/postern-bridge "$etpan"
	no_need bridge/postern-bridge liblmdb
	no_need bridge/postern-bridge libmicrohttpd
fi
no_include deliver '(store|daemon|bridge|ctl)/'
see_include deliver 'base/'
if program deliver/postern-deliver deliver/main.c; then
	see_symbol deliver/postern-deliver '^socket_'
	no_symbol deliver/postern-deliver "$store"
	no_symbol deliver/postern-deliver "$glib"
	no_symbol deliver/postern-deliver '^(curl|json|sodium)_'
fi
if program ctl/posternctl ctl/main.c; then
	see_symbol ctl/posternctl '^client_'
	no_symbol ctl/posternctl "$store"
	no_symbol ctl/posternctl "$glib"
	no_symbol ctl/posternctl "$etpan"
	no_need ctl/posternctl liblmdb
	no_need ctl/posternctl libgmime
	no_need ctl/posternctl libglib
fi
if program daemon/posternd daemon/main.c; then
	see_symbol daemon/posternd '^mdb_'
	no_symbol daemon/posternd "$glib"
	no_symbol daemon/posternd "$etpan"
	no_symbol daemon/posternd '^curl_'
	no_need daemon/posternd libcurl
	no_need daemon/posternd libgmime
	no_need daemon/posternd libglib
	no_need daemon/posternd libetpan
	no_need daemon/posternd libfido2
	no_need daemon/posternd libcbor
	no_need daemon/posternd libcrypto
fi
if program daemon/postern-passkey daemon/passkey_main.c; then
	see_symbol daemon/postern-passkey '^fido_'
	no_symbol daemon/postern-passkey "$store"
	no_symbol daemon/postern-passkey "$glib"
	no_symbol daemon/postern-passkey '^(curl|MHD|json)_'
	no_need daemon/postern-passkey liblmdb
	no_need daemon/postern-passkey libmicrohttpd
	no_need daemon/postern-passkey libjansson
fi
exit $failed
