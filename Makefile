# SPDX-License-Identifier: GPL-2.0-or-later
# Build, test and install amfw.  Programs go to build/bin, modules to
# build/modules/<kernel release>.  "make help" lists the targets.

VERSION		:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

PREFIX		?= /usr
SBINDIR		?= $(PREFIX)/sbin
# amfwctl looks for its other programs there, by its own place
LIBEXECDIR	= $(abspath $(SBINDIR)/../libexec/amfw)
BINDIR		?= $(PREFIX)/bin
MANDIR		?= $(PREFIX)/share/man
SYSCONFDIR	?= /etc
DESTDIR		?=

KERNELRELEASE	?= $(shell scripts/kernel-release)
KERNELDIR	?= /lib/modules/$(KERNELRELEASE)/build
B		:= build
MODDIR		:= $(B)/modules/$(KERNELRELEASE)

CC		?= gcc
PKG_CONFIG	?= pkg-config
SPARSE		?= sparse
CFLAGS		?= -O2 -g
WARN		:= -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes \
		   -Wshadow -Wpointer-arith -Wwrite-strings -Wundef
ALL_CFLAGS	= -std=gnu11 $(WARN) -D_GNU_SOURCE -DAMFW_VERSION='"$(VERSION)"' \
		  -I. -Ikernel -Iuserspace $(CFLAGS)
SAN_CFLAGS	= -std=gnu11 $(WARN) -D_GNU_SOURCE -DAMFW_VERSION='"$(VERSION)"' \
		  -I. -Ikernel -Iuserspace -O1 -g -fno-omit-frame-pointer \
		  -fsanitize=address,undefined -fno-sanitize-recover=all

Q		= $(if $(V),,@)
say		= $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

lib_flags	= $(if $(strip $(1)),$(shell $(PKG_CONFIG) --cflags --libs $(1)))

# Every .c below kernel/ that has no kernel API in it is compiled here too.
CORE_SRC	:= kernel/amanda_packet.c kernel/amanda_ports.c kernel/amanda_exchange.c
FLOW_SRC	:= $(wildcard userspace/flow/*.c)
EMIT_SRC	:= $(wildcard userspace/emit/*.c)
IMPORT_SRC	:= $(wildcard userspace/import/*.c)
RULESET_SRC	:= $(wildcard userspace/ruleset/*.c)
PROVE_SRC	:= $(wildcard userspace/prove/*.c)
REPLAY_SRC	:= $(wildcard userspace/replay/*.c)
MONITOR_SRC	:= $(wildcard userspace/monitor/*.c)
AMFWCTL_SRC	:= $(wildcard userspace/amfwctl/*.c)
AMREF_SRC	:= $(wildcard userspace/amref/*.c)
TESTLIB_SRC	:= $(wildcard selftests/lib/*.c)
UNITLIB_SRC	:= $(wildcard selftests/unit/lib/*.c)
UNIT_SRC	:= $(wildcard selftests/unit/*.c)
KTEST_SRC	:= $(wildcard selftests/kernel/*.c)
DIFF_SRC	:= $(wildcard selftests/ruleset/*.c) selftests/lib/chance.c
MUTANTS_SRC	:= $(wildcard selftests/ruleset/mutants/*.c) $(addprefix selftests/,\
		   ruleset/laboratory.c ruleset/packet.c ruleset/entries.c lib/chance.c) \
		   userspace/prove/link.c

AMFWCTL_PKGS	:= inih jansson libnftables libnftnl libmnl libnetfilter_conntrack
REPLAY_PKGS	:= $(AMFWCTL_PKGS) libpcap libarchive libseccomp
AMREF_PKGS	:= libssl libcrypto
KTEST_PKGS	:= libnftables libnetfilter_conntrack libmnl

# What captures take is in a program of its own: userspace/amfwctl/program.c says why.
REPLAY_VERB_SRC	:= $(wildcard userspace/amfwctl/replay*.c)
COMMON_OBJ	:= $(patsubst %.c,$(B)/obj/%.o,$(filter-out %/main.c $(REPLAY_VERB_SRC),$(AMFWCTL_SRC)) $(FLOW_SRC) $(EMIT_SRC) $(IMPORT_SRC) $(RULESET_SRC) $(PROVE_SRC) $(MONITOR_SRC) $(CORE_SRC))
AMFWCTL_OBJ	:= $(B)/obj/userspace/amfwctl/main.o $(COMMON_OBJ)
REPLAY_OBJ	:= $(patsubst %.c,$(B)/obj/%.o,$(REPLAY_VERB_SRC) $(REPLAY_SRC)) $(COMMON_OBJ)
AMREF_OBJ	:= $(patsubst %.c,$(B)/obj/%.o,$(AMREF_SRC) $(CORE_SRC))
UNIT_BIN	:= $(patsubst selftests/unit/%.c,$(B)/tests/unit/%,$(UNIT_SRC))
KTEST_BIN	:= $(patsubst selftests/kernel/%.c,$(B)/tests/kernel/%,$(KTEST_SRC))
UNIT_OBJ	:= $(patsubst %.c,$(B)/san/%.o,$(CORE_SRC) $(FLOW_SRC) $(EMIT_SRC) $(IMPORT_SRC) $(RULESET_SRC) $(REPLAY_SRC) $(MONITOR_SRC) $(PROVE_SRC) $(UNITLIB_SRC))
AMREF_LIB	:= $(B)/san/libamref.a
UNIT_LIB	:= $(B)/san/libunit.a
KTEST_LIB	:= $(patsubst %.c,$(B)/obj/%.o,$(CORE_SRC) $(TESTLIB_SRC))

.PHONY: all programs modules tests install-modules install-dkms install check demo bench bench-helper bench-amref bench-rules bench-check bench-replay \
	fuzz lint clean help setup check-sanitize check-interop-all uninstall-modules

all: programs $(if $(wildcard $(KERNELDIR)),modules)

programs: $(B)/bin/amfwctl $(B)/bin/amfwctl-replay $(B)/bin/amref

$(B)/bin/amfwctl: $(AMFWCTL_OBJ)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(call lib_flags,$(AMFWCTL_PKGS))

$(B)/bin/amfwctl-replay: $(REPLAY_OBJ)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(call lib_flags,$(REPLAY_PKGS))

$(B)/bin/amref: $(AMREF_OBJ)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(call lib_flags,$(AMREF_PKGS))

$(B)/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/san/%.o: %.c
	$(call say,CC(san),$<)
	$(Q)mkdir -p $(@D) && $(CC) $(SAN_CFLAGS) -MMD -MP -c -o $@ $<

# A test takes from these what it needs: the wings do not know each other, and have the
# same names for things of their own here and there.
$(UNIT_LIB): $(UNIT_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(AMREF_LIB): $(patsubst %.c,$(B)/san/%.o,$(filter-out %/main.c,$(AMREF_SRC)))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/tests/amref-san: $(patsubst %.c,$(B)/san/%.o,$(AMREF_SRC) $(CORE_SRC))
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(SAN_CFLAGS) -o $@ $^ $(call lib_flags,$(AMREF_PKGS))

$(B)/tests/unit/%: $(B)/san/selftests/unit/%.o $(AMREF_LIB) $(UNIT_LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(SAN_CFLAGS) -o $@ $^ $(call lib_flags,check $(REPLAY_PKGS) $(AMREF_PKGS))

$(B)/tests/kernel/%: $(B)/obj/selftests/kernel/%.o $(KTEST_LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -o $@ $^ $(call lib_flags,$(KTEST_PKGS))

$(B)/tests/ruleset/differential: $(patsubst %.c,$(B)/obj/%.o,$(DIFF_SRC) $(RULESET_SRC) $(FLOW_SRC) $(CORE_SRC))
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -o $@ $^ $(call lib_flags,$(AMFWCTL_PKGS) libnetfilter_conntrack)

$(B)/tests/bench/evaluation: $(patsubst %.c,$(B)/obj/%.o,selftests/bench/evaluation.c $(RULESET_SRC) $(FLOW_SRC) $(CORE_SRC))
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -o $@ $^ $(call lib_flags,$(AMFWCTL_PKGS))

$(B)/tests/bench/capture_traffic: $(B)/obj/selftests/bench/capture_traffic.o
$(B)/tests/bench/peak_memory: $(B)/obj/selftests/bench/peak_memory.o
$(B)/tests/bench/capture_traffic $(B)/tests/bench/peak_memory:
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -o $@ $^ $(call lib_flags,libpcap)

$(B)/tests/ruleset/mutants: $(patsubst %.c,$(B)/obj/%.o,$(MUTANTS_SRC) $(RULESET_SRC) $(FLOW_SRC) $(CORE_SRC))
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -o $@ $^ $(call lib_flags,$(AMFWCTL_PKGS) libnetfilter_conntrack)

tests: $(B)/tests/ruleset/differential $(B)/tests/ruleset/mutants $(UNIT_BIN) $(KTEST_BIN) $(B)/tests/amref-san

# The sources are linked into one folder for each kernel, so that builds for
# several kernels never share an object file.
modules:
	$(Q)scripts/build-modules $(if $(V),-v) '$(KERNELDIR)' '$(MODDIR)'

MODLIB		= $(DESTDIR)/lib/modules/$(KERNELRELEASE)

install-modules: modules
	install -d $(MODLIB)/updates
	install -m 644 $(MODDIR)/nf_conntrack_amanda.ko $(MODDIR)/nf_nat_amanda.ko $(MODLIB)/updates/
	depmod $(if $(DESTDIR),-b $(DESTDIR)) $(KERNELRELEASE)

uninstall-modules:
	rm -f $(MODLIB)/updates/nf_conntrack_amanda.ko $(MODLIB)/updates/nf_nat_amanda.ko
	depmod $(if $(DESTDIR),-b $(DESTDIR)) $(KERNELRELEASE)

# The sources that DKMS builds from, and no more of the tree.
DKMSDIR		= $(DESTDIR)/usr/src/amfw-$(VERSION)

install-dkms:
	install -d $(DKMSDIR)/kernel
	install -m 644 Kbuild dkms.conf COPYING $(DKMSDIR)/
	install -m 644 kernel/*.[ch] kernel/Kbuild $(DKMSDIR)/kernel/
	install -m 755 kernel/probe-kernel $(DKMSDIR)/kernel/

install: programs
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(BINDIR) $(addprefix $(DESTDIR)$(MANDIR)/man,1 8)
	install -m 755 $(B)/bin/amfwctl $(DESTDIR)$(SBINDIR)/
	install -m 755 $(B)/bin/amfwctl-replay $(DESTDIR)$(LIBEXECDIR)/
	install -m 755 $(B)/bin/amref $(DESTDIR)$(BINDIR)/
	install -m 644 $(wildcard docs/man/*.8) $(DESTDIR)$(MANDIR)/man8/
	$(if $(wildcard docs/man/*.1),install -m 644 $(wildcard docs/man/*.1) $(DESTDIR)$(MANDIR)/man1/)

setup:
	$(Q)scripts/setup

check: setup
	$(Q)scripts/check

check-interop-all: setup
	$(Q)scripts/check interop-all

check-sanitize: setup
	$(Q)scripts/check sanitize

demo:
	$(Q)scripts/setup demo$(if $(filter amref,$(AMANDA)),-amref)
	$(Q)AMANDA='$(AMANDA)' scripts/demo

bench: bench-helper bench-amref bench-rules bench-check bench-replay

bench-helper: setup
	$(Q)scripts/bench-helper

bench-amref: setup programs
	$(Q)scripts/bench-amref

bench-rules: setup programs
	$(Q)selftests/bench/rules_met nft iptables-sets firewalld shorewall iptables ufw

bench-check: setup programs $(B)/tests/bench/evaluation
	$(Q)scripts/bench-check

bench-replay: setup $(B)/tests/bench/capture_traffic $(B)/tests/bench/peak_memory programs
	$(Q)scripts/bench-replay

fuzz: setup
	$(Q)scripts/fuzz $(FUZZ_SECONDS)

lint:
	$(Q)scripts/lint

clean:
	rm -rf $(B)

help:
	@echo 'all                programs into build/bin, modules into build/modules/<release>'
	@echo 'modules            the kernel modules alone (KERNELRELEASE= for another kernel)'
	@echo 'install            programs and manual pages (PREFIX=, DESTDIR=)'
	@echo 'install-modules    modules into /lib/modules/<release>/updates, and depmod'
	@echo 'install-dkms       the sources of the modules into /usr/src, for dkms install'
	@echo 'demo               a real backup and a real restore through a default-deny gateway'
	@echo '                   (AMANDA=amref: by amref, without Amanda installed)'
	@echo 'check              every test; installs what the tests need'
	@echo 'check-interop-all  the whole matrix of real Amanda runs'
	@echo 'check-sanitize     the kernel tests on a kernel with KASAN, lockdep and kmemleak'
	@echo 'bench-helper       instructions for each packet, this helper beside the stock one'
	@echo 'bench-amref        amref dump beside amdump, and the memory of amref load'
	@echo 'bench-rules        rules that a packet meets at sites of 10, 1,000 and 10,000 clients'
	@echo 'bench-check        amfwctl check beside the loader of the same rules'
	@echo 'bench-replay       captures read beside tcpdump (AMFW_BENCH_MB=2000)'
	@echo 'fuzz               the fuzzers (FUZZ_SECONDS=60)'
	@echo 'lint               style, floors, sparse, checkpatch, shellcheck'

-include $(shell find $(B)/obj $(B)/san -type f -name "*.d" 2>/dev/null)
