# SPDX-License-Identifier: Apache-2.0
# posternctl. Sees base/ only.
noinst_LIBRARIES += ctl/libctl.a
ctl_libctl_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS)
ctl_libctl_a_SOURCES = \
	ctl/args.c ctl/args.h \
	ctl/ask.c ctl/ask.h \
	ctl/check.c ctl/check.h \
	ctl/clamav.c ctl/clamav.h \
	ctl/command.c ctl/command.h \
	ctl/daemon.c ctl/daemon.h \
	ctl/door.c ctl/door.h \
	ctl/dovecot.c ctl/dovecot.h \
	ctl/exim.c ctl/exim.h \
	ctl/held.c ctl/held.h \
	ctl/mailbox.c ctl/mailbox.h \
	ctl/people.c ctl/people.h \
	ctl/portal.c ctl/portal.h \
	ctl/postfix.c ctl/postfix.h \
	ctl/queue.c ctl/queue.h \
	ctl/status.c ctl/status.h \
	ctl/table.c ctl/table.h
CTL_LIBS = ctl/libctl.a $(CLIENT_LIBS)

bin_PROGRAMS += ctl/posternctl
ctl_posternctl_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS) \
	$(CURL_CFLAGS)
ctl_posternctl_SOURCES = ctl/main.c
ctl_posternctl_LDADD = $(CTL_LIBS)
