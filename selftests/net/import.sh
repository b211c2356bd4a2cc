#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2317 # conditions are functions, and some are evaluated later
#
# "amfwctl import" with the real amgetconf and amadmin, in namespaces of its own
# with an /etc/amanda, a name and addresses that nobody else sees.
#
#	10.66.1.2 amserver.test --- 10.66.1.1 a router --- 10.66.2.0/24 clients
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
failed=0

ok() { echo "ok import $1"; }
not_ok() {
	echo "not ok import $1 - $2"
	failed=1
}
cannot() {
	echo "skip import - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

if [ "${1:-}" != --inside ]; then
	[ "$(id -u)" = 0 ] || cannot "not root"
	for tool in unshare ip nft hostname runuser amgetconf amadmin; do
		command -v $tool >/dev/null || cannot "no $tool"
	done
	[ -x "$amfwctl" ] || cannot "no $amfwctl: make programs"
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' INT TERM
	unshare --mount --net --uts "$0" --inside "$work"
	exit
fi
work=$2

# --- a machine of its own ---------------------------------------------------

hide() { # hide PATH: a copy in the work folder stands for it from now on
	mount --bind "$work/etc/${1##*/}" "$1"
}

machine() {
	hostname amserver.test
	chmod 755 "$work"
	mkdir -p "$work"/etc/{amanda,log} "$work/bin"
	ip link set lo up
	ip link add eth0 type veth peer name other
	ip link set other up
	ip addr add 10.66.1.2/24 dev eth0
	ip link set eth0 up
	ip route add default via 10.66.1.1
	cat >"$work/etc/hosts" <<-'H'
		127.0.0.1 localhost
		127.0.1.1 amserver.test amserver
		10.66.2.2 web1.test web1
		10.66.2.3 db1.test
		10.66.2.4 mail1.test
		10.66.2.5 file1.test
		10.66.1.7 near.test
		10.66.2.8 twice.test
		10.66.2.9 twice.test
	H
	grep -v '^amanda[[:space:]].*udp' /etc/services >"$work/etc/services"
	printf 'amanda\t10080/udp\n' >>"$work/etc/services"
	sed 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf >"$work/etc/nsswitch.conf"
	cp /etc/amanda-security.conf "$work/etc/"
	for file in hosts services nsswitch.conf amanda-security.conf amanda; do
		hide "/etc/$file"
	done
	chown -R backup:backup "$work/etc/amanda" "$work/etc/log"
	mount --bind "$work/etc/log" /var/log/amanda
	cp "$amfwctl" "$work/bin/amfwctl"
	amfwctl=$work/bin/amfwctl
}

# config NAME [LINE...]: what every configuration needs, and these lines
config() {
	local folder=/etc/amanda/$1

	shift
	rm -rf "$folder"
	mkdir "$folder"
	cat >"$folder/amanda.conf" <<-'C'
		org "test"
		mailto ""
		dumpuser "backup"
		logdir "/nonexistent"
		infofile "/nonexistent"
		indexdir "/nonexistent"
		tapelist "/nonexistent"
		tpchanger "chg-disk:/nonexistent"
		tapetype T
		define tapetype T {
		  length 1 gbytes
		}
		define dumptype base {
		  program "GNUTAR"
		  index yes
		}
		define dumptype bsd {
		  base
		  auth "bsd"
		}
		define dumptype bsdudp {
		  base
		  auth "bsdudp"
		}
		define dumptype bsdtcp {
		  base
		  auth "bsdtcp"
		}
		define dumptype ssh {
		  base
		  auth "ssh"
		  index no
		  maxdumps 3
		}
	C
	printf '%s\n' "$@" >>"$folder/amanda.conf"
	cat >"$folder/disklist"
	chown -R backup:backup "$folder"
}

# import NAME [OPTION...]: into $site and $talk, and the exit code into $code
import() {
	code=0
	"$amfwctl" import "$@" >"$work/site" 2>"$work/talk" </dev/null || code=$?
	site=$(cat "$work/site")
	talk=$(cat "$work/talk")
}

# A file that is mounted cannot be replaced.
edit() { # edit SCRIPT FILE
	sed "$1" "$2" >"$work/edited"
	cat "$work/edited" >"$2"
}

# --- what is expected ---------------------------------------------------------

# it NAME CONDITION...: the rest is a command
it() {
	local name=$1

	shift
	if "$@" >"$work/it" 2>&1; then
		ok "$name"
	else
		not_ok "$name" "$* (code $code) $(head -c 300 "$work/it" | tr '\n' ' ')"
		printf '%s\n' "$talk" "$site" | sed 's/^/    /' | head -n "${LINES_SHOWN:-60}" >&2
	fi
}
says() { grep -qF -- "$1" "$work/talk"; }
keeps_quiet() { [ ! -s "$work/talk" ]; }
has() { grep -qFx -- "$1" "$work/site"; }
is_site() { grep -qx '\[site\]' "$work/site"; }
lacks() { is_site && ! grep -qF -- "$1" "$work/site"; }
same() { is_site && diff "$1" "$work/site"; }
ends() { [ "$code" = "$1" ]; }
writes_nothing() { [ ! -s "$work/site" ] && [ -s "$work/talk" ]; }
loads() { "$amfwctl" flows "$work/site" >/dev/null; }
# section NAME: the lines of one host, without comments and what they share
section() { sed -n "/^\[host $1\]/,/^$/p" "$work/site" | grep -v '^#' | tr -s ' '; }
section_is() { [ "$(section "$1")" = "$2" ]; }
# warns_of TEXT: on standard error, and folded in the site file
warns_of() { says "Warning: $1" && sed -n 's/^# //p' "$work/site" | tr '\n' ' ' | grep -qF -- "$1"; }
within() { [ "$1" -le "$2" ]; }
# empty_of NAME: no process of this name is left
empty_of() { ! pgrep -f "$1" >/dev/null; }

# --- the cases ------------------------------------------------------------------

plain() {
	config plain 'inparallel 4' <<-'D'
		web1.test /home bsdtcp
		web1.test /var bsdtcp
		localhost /etc bsdtcp
	D
	import plain
	it "plain: ends well" ends 0
	it "plain: has nothing to say" keeps_quiet
	it "plain: is this file" diff - "$work/site" <<-'S'
		# The site of the Amanda configuration plain, written by "amfwctl import".
		# The clients' own port ranges stand in their amanda-client.conf, out of sight
		# from here: they are taken to be those of the server. A client that differs
		# gets udp-ports and tcp-ports in its section.

		[site]
		preset        = debian
		auth          = bsdtcp
		udp-ports     = 840-860      # reserved-udp-port
		tcp-ports     = 50000-50100  # unreserved-tcp-port
		low-tcp-ports = 512-1023     # reserved-tcp-port
		index         = yes
		recovery      = yes
		maxdumps      = 1
		dtimeout      = 1800

		[host amserver.test]
		# in the disklist: localhost
		address       = 10.66.1.2/24
		role          = server client
		interface     = eth0 10.66.1.2 default

		[host web1.test]
		address       = 10.66.2.2
		role          = client

		# 1 clients lie behind a router.  If it filters, it belongs to the site, with its
		# addresses on all sides (see also --gateway):
		#[host gateway]
		#address       = 10.66.1.1/24 ADDRESS/24
		#role          = gateway
		#nat           = masquerade ADDRESS
	S
	it "plain: is read by the other verbs" loads
	cp "$work/site" "$work/plain.site"
	import /etc/amanda/plain
	sed -i 's/configuration [^,]*/configuration plain/' "$work/site"
	it "plain: a folder is a configuration too" same "$work/plain.site"
	code=0
	runuser -u backup -- "$amfwctl" import plain >"$work/site" 2>"$work/talk" || code=$?
	it "plain: Amanda's user sees the same" same "$work/plain.site"
}

three_auths() {
	config auths 'unreserved-tcp-port 11000,11100' 'define dumptype port {' '  bsdtcp' \
		'  client-port "10099"' '}' <<-'D'
		web1.test /home bsd
		db1.test /a bsd
		db1.test /b bsd
		mail1.test /a bsdudp
		file1.test /a ssh
		near.test /a port
	D
	import auths
	it "three auths: ends well" ends 0
	it "three auths: the range of the configuration" \
		has 'tcp-ports     = 11000-11100  # unreserved-tcp-port'
	it "three auths: most have bsd" has 'auth          = bsd'
	it "three auths: one like the most" section_is db1.test \
		"$(printf '[host db1.test]\naddress = 10.66.2.3\nrole = client\n')"
	it "three auths: bsdudp" section_is mail1.test \
		"$(printf '[host mail1.test]\naddress = 10.66.2.4\nrole = client\nauth = bsdudp')"
	it "three auths: ssh" section_is file1.test "$(printf '%s\n' '[host file1.test]' \
		'address = 10.66.2.5' 'role = client' 'auth = ssh' 'index = no' 'maxdumps = 3')"
	it "three auths: client-port" section_is near.test "$(printf '%s\n' '[host near.test]' \
		'address = 10.66.1.7' 'role = client' 'auth = bsdtcp' 'client-port = 10099')"
	it "three auths: is read" loads
	config mixed <<-'D'
		db1.test /a bsd
		db1.test /b bsd
		db1.test /c bsdtcp
	D
	import mixed
	it "two auths of a host: warns" \
		warns_of 'the disks of db1.test have several auths: bsd (2), bsdtcp (1)'
	it "two auths of a host: most count" has 'auth          = bsd'
	it "two auths of a host: is read" loads
}

names() {
	config names <<-'D'
		web1.test /a bsdtcp
		web1 /b bsdtcp
		amserver /c bsdtcp
		AMSERVER.test /d bsdtcp
		nowhere.test /e bsd
		10.66.2.77 /f bsdtcp
		twice.test /g bsd
	D
	import names
	it "names: ends well" ends 0
	it "names: two names, one machine" section_is web1.test \
		"$(printf '[host web1.test]\naddress = 10.66.2.2\nrole = client')"
	it "names: its other name is told" has '# in the disklist also: web1'
	it "names: the server's loopback address is the server's" section_is amserver \
		"$(printf '%s\n' '[host amserver]' 'address = 10.66.1.2/24' 'role = server client' \
			'interface = eth0 10.66.1.2 default')"
	it "names: one without an address is left out" warns_of \
		'nowhere.test (line 5 of the disklist) is left out: Name or service not known'
	it "names: it waits in the file" has '#[host nowhere.test]'
	it "names: an address is a name" has '[host 10.66.2.77]'
	it "names: several addresses" has 'address       = 10.66.2.8 10.66.2.9'
	it "names: streams may go to the other one" warns_of 'twice.test has several addresses'
	it "names: is read" loads
	import --no-resolve names
	it "no-resolve: ends well" ends 0
	it "no-resolve: counts what is missing" says '4 addresses are to be filled in'
	it "no-resolve: has a place for it" section_is web1.test \
		"$(printf '[host web1.test]\nrole = client')"
	it "no-resolve: what is missing is missed" eval '! loads'
	sed -i -e 's/^#address *=$/address = 10.1.1.X/' "$work/site"
	awk '/10.1.1.X/ { sub("X", ++n) } 1' "$work/site" >"$work/filled"
	mv "$work/filled" "$work/site"
	it "no-resolve: is read when it is filled in" loads
}

# Debian's Amanda knows no IPv6; one that says it does is asked for the rest.
both_families() {
	local real

	real=$(command -v amadmin)
	mkdir -p "$work/v6"
	cat >"$work/v6/amadmin" <<-A
		#!/bin/sh
		[ "\$1" = x ] || exec $real "\$@"
		echo 'build: VERSION="Amanda-3.5.1" CONFIGURE_ARGS=" '"'--with-user=backup'"'"'
	A
	chmod 755 "$work/v6/amadmin"
	ip addr add 2001:db8:66:1::2/64 dev eth0 nodad
	ip route add default via 2001:db8:66:1::1
	cat >>/etc/hosts <<-'H'
		2001:db8:66:2::2 web1.test
		2001:db8:66:2::9 only6.test
	H
	config six <<-'D'
		web1.test /a bsdtcp
		only6.test /a bsdtcp
	D
	import six
	it "IPv6: not with an Amanda that does without" warns_of 'only6.test (line 2 of the disklist)'
	it "IPv6: nor an address of it" lacks 2001:
	PATH=$work/v6:$PATH import six
	it "IPv6: both families of the server" section_is amserver.test "$(printf '%s\n' \
		'[host amserver.test]' 'address = 10.66.1.2/24 2001:db8:66:1::2/64' 'role = server' \
		'interface = eth0 10.66.1.2 2001:db8:66:1::2 default')"
	it "IPv6: and of a client" has 'address       = 10.66.2.2 2001:db8:66:2::2'
	it "IPv6: a client that has nothing else" has 'address       = 2001:db8:66:2::9'
	it "IPv6: this build is none of Debian's" lacks 'debian'
	it "IPv6: is read" eval 'loads && keeps_quiet'
	ip addr del 2001:db8:66:1::2/64 dev eth0
	PATH=$work/v6:$PATH import six
	it "IPv6: what the server has no address for is dropped" has 'address       = 10.66.2.2'
	it "IPv6: and who has nothing else is left out" warns_of \
		'only6.test (line 2 of the disklist) is left out: this machine has no address of its'
	edit '/2001:/d' /etc/hosts
}

# More ways out than a site file can tell of: no interface is named then.
routes() {
	config ways <<<'web1.test /a bsdtcp'
	ip link add eth1 type veth peer name other1
	ip addr add 10.99.1.2/24 dev eth1
	ip link set eth1 up
	ip link set other1 up
	import ways
	it "routes: an address that no client sees" eval 'lacks 10.99.1.2 && lacks eth1'
	ip route add 10.66.2.0/24 via 10.99.1.1
	import ways
	it "routes: the address that the client sees" has 'address       = 10.99.1.2/24'
	it "routes: no interface, for the default route is another" lacks 'interface'
	it "routes: is read" loads
	ip link del eth1
}

started_by_clients() {
	config client <<<'web1.test /a bsdtcp'
	import client
	it "amdump_client: not where .amandahosts does not let it" lacks 'client-dump'
	echo 'web1.test root amdumpd' >"$work/etc/amandahosts"
	chown backup:backup "$work/etc/amandahosts"
	hide /etc/amandahosts
	import client
	it "amdump_client: where it does" grep -q '^client-dump *= yes' "$work/site"
	it "amdump_client: is read" loads
	umount /etc/amandahosts
}

ranges() {
	config small 'reserved-udp-port 850,852' 'unreserved-tcp-port 50000,50009' 'maxdumps 6' \
		'inparallel 8' < <(for i in 1 2 3 4 5 6 7; do echo "web1.test /$i bsd"; done
		echo 'mail1.test /1 bsdudp')
	sed -i '/^define dumptype bsd {/a\  maxdumps 6' /etc/amanda/small/amanda.conf
	import small
	it "small ranges: ends well" ends 0
	it "small ranges: 24 streams" warns_of 'unreserved-tcp-port 50000-50009 has 10 ports, and 24 are needed at the same time: web1.test runs 6 dumps at once, each with 4 streams over auth bsd'
	it "small ranges: 8 dumpers" warns_of 'reserved-udp-port 850-852 has 3 ports, and 10 are needed at the same time: one for each of 8 dumpers (inparallel 8)'
	it "small ranges: is read" loads
	sed -i 's/50000,50009/50000,50023/; s/850,852/841,850/' /etc/amanda/small/amanda.conf
	import small
	it "just enough: no word of ports" eval '! says "ports, and" && ends 0'
	printf 'thief\t50001/tcp\nlate\t50001/tcp\namandax\t50002/tcp\nthief\t845/udp\n' >>/etc/services
	import small
	it "/etc/services: a port is lost" warns_of 'unreserved-tcp-port 50000-50023 has 23 ports (1 more belong to other services of /etc/services), and 24'
	it "/etc/services: for UDP too" warns_of 'reserved-udp-port 841-850 has 9 ports (1 more belong'
	edit '/^thief\|^late\|^amandax/d' /etc/services
	sed -i 's/841,850/800,860/' /etc/amanda/small/amanda.conf
	import small
	it "amanda-security.conf: out of its range" warns_of \
		'reserved-udp-port is 800-860, but amanda-security.conf lets Amanda have 840-860 only'
	edit '/^amanda[[:space:]]*10080.udp/d' /etc/services
	import small
	it "/etc/services: amanda 10080/udp is missing" warns_of \
		'/etc/services of this machine lacks "amanda 10080/udp"'
	printf 'amanda\t10080/udp\n' >>/etc/services
	echo 'unreserved-tcp-port 50090,50200' >/etc/amanda/small/amanda-client.conf
	import small
	it "amanda-client.conf: restores use another range" warns_of \
		"unreserved-tcp-port is 50000-50023 in amanda.conf, but 50090-50200 for restores"
	it "amanda-client.conf: what lies between stays shut" lacks "50200  #"
	echo 'unreserved-tcp-port 50020,50200' >/etc/amanda/small/amanda-client.conf
	import small
	it "amanda-client.conf: ranges that overlap" warns_of \
		"unreserved-tcp-port is 50000-50023 in amanda.conf and 50020-50200 in this machine's"
	it "amanda-client.conf: the server's section covers both" has \
		'tcp-ports     = 50000-50200  # amanda.conf and amanda-client.conf'
	echo 'index-server "elsewhere.test"' >/etc/amanda/small/amanda-client.conf
	import small
	it "amanda-client.conf: another index server" warns_of \
		'amanda-client.conf of this machine names the index server elsewhere.test'
}

waits() {
	config wait 'etimeout 600' <<-'D'
		web1.test /a bsd
		web1.test /b bsd
		db1.test /a bsdtcp
		db1.test /b bsdtcp
		db1.test /c bsdtcp
	D
	import wait
	it "etimeout: 600 s for 2 disks at 3 levels" warns_of \
		'the server waits up to 3600 s for the estimate of web1.test (etimeout 600, 2 disks)'
	it "etimeout: is written" grep -q '^etimeout *= 3600 ' "$work/site"
	it "etimeout: is read" loads
	sed -i 's/^etimeout.*/etimeout -100/' /etc/amanda/wait/amanda.conf
	import wait
	it "etimeout: a short one for the whole client" eval 'keeps_quiet && ends 0'
	it "etimeout: is written too" grep -q '^etimeout *= 100 ' "$work/site"
	sed -i 's/^etimeout.*/etimeout 100000/' /etc/amanda/wait/amanda.conf
	import wait
	it "etimeout: no longer than amandad waits" grep -q '^etimeout *= 21600 ' "$work/site"
}

failures() {
	config broken 'inparalell 4' <<<'web1.test / bsd'
	import broken
	it "broken: ends with 2" ends 2
	it "broken: quotes Amanda" says "'/etc/amanda/broken/amanda.conf', line 35: error: not a keyword."
	it "broken: writes nothing" writes_nothing
	config baddisk <<<'web1.test / nosuchtype'
	import baddisk
	it "broken disklist: ends with 2" ends 2
	it "broken disklist: quotes Amanda" says nosuchtype
	it "broken disklist: writes nothing" writes_nothing
	import nosuchconf
	it "no configuration: ends with 2" ends 2
	it "no configuration: quotes Amanda" says "/etc/amanda/nosuchconf/amanda.conf': No such file"
	it "no configuration: writes nothing" writes_nothing
	import ./nosuchconf
	it "no folder: ends with 2" ends 2
	it "no folder: names it" says './nosuchconf: No such file or directory'
	config empty </dev/null
	import empty
	it "empty disklist: ends with 2" ends 2
	it "empty disklist: says so" says 'the disklist of empty names no host'
	import -- -oinparallel=1
	it "an option for a name: ends with 2" ends 2
	import --gateway gw=10.66.1.1/24,10.66.2.300/24 plain
	it "bad gateway: ends with 2" ends 2
	import --gateway 'a;b=10.66.1.1' plain
	it "bad gateway name: ends with 2" eval 'ends 2 && says "a name has letters"'
	code=0
	runuser -u nobody -- "$amfwctl" import plain >"$work/site" 2>"$work/talk" || code=$?
	it "another user: ends with 1" ends 1
	it "another user: says who may" says 'import runs as root, or as the user of Amanda'
	code=0
	unshare --mount sh -c 'mount -t tmpfs none /usr/sbin && exec "$@"' sh "$amfwctl" import plain \
		>"$work/site" 2>"$work/talk" || code=$?
	it "no Amanda: ends with 1" ends 1
	it "no Amanda: says so" says 'there is no amgetconf here'
}

slow() {
	local sleeper="sleep 31$$" start=$SECONDS

	mkdir -p "$work/slow"
	printf '#!/bin/sh\n%s\n' "$sleeper" >"$work/slow/amgetconf"
	chmod 755 "$work/slow/amgetconf"
	code=0
	PATH=$work/slow:$PATH "$amfwctl" import --timeout 1 plain >"$work/site" 2>"$work/talk" || code=$?
	it "silence: ends with 1" ends 1
	it "silence: says so" says 'amgetconf did not answer within 1 seconds'
	it "silence: in time" within $((SECONDS - start)) 5
	it "silence: kills what it started" empty_of "^$sleeper"
}

hostile() {
	local long deep

	long=$(printf 'x%.0s' {1..100})
	deep=$(printf 'label%d.' {1..15})test
	# With addresses, nothing but its name keeps one out.
	printf '%s\n' "10.66.2.40 $deep" '10.66.2.41 evil]' '10.66.2.42 x;drop' '10.66.2.43 }flush;{' \
		"10.66.2.44 'quote'" '10.66.2.45 "double"' '10.66.2.46 -rf' >>/etc/hosts
	config hostile <<-D
		web1.test /ok bsd
		evil] /a bsd
		x;drop /a bsd
		\$(touch\${IFS}$work/owned) /a bsd
		\`touch\${IFS}$work/owned\` /a bsd
		}flush;{ /a bsd
		'quote' /a bsd
		"double" /a bsd
		-rf /a bsd
		new\\nline /a bsd
		$(printf '\033]0;title\007') /a bsd
		$(printf 'caf\303\251.test') /a bsd
		host:=x /a bsd
		$long /a bsd
		$deep /a bsd
		web1.test "/disk\\nline 9 (x):\\n    host evil.test:\\n    disk /:\\n        AUTH \\"bsd\\"" bsd
	D
	import hostile
	it "hostile names: ends well" ends 0
	it "hostile names: is read" loads
	it "hostile names: nothing was run" [ ! -e "$work/owned" ]
	it "hostile names: two sections" \
		[ "$(grep '^\[' "$work/site" | tr '\n' ' ')" = \
		"[site] [host amserver.test] [host web1.test] [host ${deep:0:62}] " ]
	it "hostile names: no line but keys, sections and comments" \
		eval 'is_site && ! grep -vE "^(#.*|\[.*\]|[a-z-]+ += .*|)$" "$work/site"'
	it "hostile names: no control character" \
		eval 'is_site && ! LC_ALL=C grep -q "[^[:print:]]" "$work/site" "$work/talk"'
	it "hostile names: each is told of" says 'more machines are left out'
	it "hostile names: and why" says 'x;drop (line 3 of the disklist) is left out: its name is not'
	it "hostile names: a long one is cut at a dot" has "[host ${deep:0:62}]"
	it "hostile names: no rules of theirs" eval \
		'"$amfwctl" generate --host amserver.test "$work/site" >"$work/rules" &&
		! grep -qi "evil\|drop \|owned" <(grep -v "#\|policy\|comment" "$work/rules" | grep evil)'
}

many() {
	local count=$1 limit=$2 i start

	for ((i = 0; i < count; i++)); do
		echo "10.67.$((i / 250)).$((i % 250 + 1)) many$i.test"
	done >>/etc/hosts
	config many < <(for ((i = 0; i < count; i++)); do echo "many$i.test /a bsd"; done)
	start=$SECONDS
	import many
	it "$count disks: ends well" ends 0
	it "$count disks: in time" within $((SECONDS - start)) "$limit"
	it "$count disks: a host for each" [ "$(grep -c '^\[host many' "$work/site")" = "$count" ]
	it "$count disks: is read" loads
	edit '/many[0-9]*\.test$/d' /etc/hosts
	echo "# $count disks: $((SECONDS - start)) s" >&2
}

# What a newcomer types.
two_commands() {
	config DailySet1 <<-'D'
		web1.test /home bsd
		db1.test /a bsdtcp
		near.test /a bsdudp
	D
	code=0
	"$amfwctl" import DailySet1 >"$work/site" 2>"$work/talk" || code=$?
	"$amfwctl" generate --host amserver.test "$work/site" 2>>"$work/talk" | nft -f - \
		2>>"$work/talk" || code=$?
	it "two commands: end well" ends 0
	nft list ruleset >"$work/rules" 2>&1
	it "two commands: the rules are loaded" grep -q 'table inet amfw' "$work/rules"
	for address in 10.66.2.2 10.66.2.3 10.66.1.7; do
		it "two commands: they know $address" grep -q "$address" "$work/rules"
	done
	nft flush ruleset
	for host in web1.test db1.test; do
		it "two commands: for $host" eval \
			'"$amfwctl" generate --host $host "$work/site" | nft -c -f -'
	done
	import --gateway fw=10.66.1.1/24,10.66.2.1/24:masquerade=10.66.2.1 DailySet1
	it "gateway: ends well" ends 0
	it "gateway: is written" section_is fw "$(printf '%s\n' '[host fw]' \
		'address = 10.66.1.1/24 10.66.2.1/24' 'role = gateway' 'nat = masquerade 10.66.2.1')"
	it "gateway: its rules load" eval '"$amfwctl" generate "$work/site" | nft -f -'
	it "gateway: they forward" eval 'nft list ruleset | grep -q "10.66.2.3"'
	nft flush ruleset
	import --gateway web1.test=10.66.1.1/24,10.66.2.2/24 DailySet1
	it "gateway that is a client: one section" section_is web1.test "$(printf '%s\n' \
		'[host web1.test]' 'address = 10.66.1.1/24 10.66.2.2/24' 'role = gateway client')"
	it "gateway that is a client: is read" loads
	import --gateway gw=10.66.1.2/24,10.66.2.1/24 DailySet1
	it "gateway that is the server: one section" eval \
		'section gw | grep -qx "role = server gateway" && loads'
}

machine
plain
three_auths
names
both_families
routes
started_by_clients
ranges
waits
failures
slow
hostile
many 2000 30
two_commands
exit $failed
