# SPDX-License-Identifier: Apache-2.0
# postern-bridge: the only program with GMime, and so with GLib.
noinst_LIBRARIES += bridge/libbridge.a
bridge_libbridge_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) \
	$(JANSSON_CFLAGS) $(CURL_CFLAGS) $(GMIME_CFLAGS) \
	$(GNUTLS_CFLAGS)
bridge_libbridge_a_SOURCES = \
	bridge/address.c bridge/address.h \
	bridge/beat.c bridge/beat.h \
	bridge/bookmark.c bridge/bookmark.h \
	bridge/bridge.c bridge/bridge.h \
	bridge/caps.c bridge/caps.h \
	bridge/channel.c bridge/channel.h \
	bridge/child.c bridge/child.h \
	bridge/classify.c bridge/classify.h \
	bridge/compose.c bridge/compose.h \
	bridge/door.c bridge/door.h \
	bridge/facts.c bridge/facts.h \
	bridge/family.c bridge/family.h \
	bridge/frame.c bridge/frame.h \
	bridge/imap.c bridge/imap.h \
	bridge/inbound.c bridge/inbound.h \
	bridge/keep.c bridge/keep.h \
	bridge/lease.c bridge/lease.h \
	bridge/lmtp.c bridge/lmtp.h \
	bridge/mailbox.c bridge/mailbox.h \
	bridge/maildir.c bridge/maildir.h \
	bridge/notifier.c bridge/notifier.h \
	bridge/oauth.c bridge/oauth.h \
	bridge/offline.c bridge/offline.h \
	bridge/parser.c bridge/parser.h \
	bridge/phrases.c bridge/phrases.h \
	bridge/report.c bridge/report.h \
	bridge/rule.h bridge/rule_auto.c bridge/rule_away.c \
	bridge/rule_away.h bridge/rule_bounce.c bridge/rule_sender.c \
	bridge/rules/families.h \
	bridge/rules/amazon.c \
	bridge/rules/aol.c \
	bridge/rules/apple.c \
	bridge/rules/china.c \
	bridge/rules/common.c \
	bridge/rules/courier.c \
	bridge/rules/domino.c \
	bridge/rules/exchange.c \
	bridge/rules/exim.c \
	bridge/rules/french.c \
	bridge/rules/gateway.c \
	bridge/rules/german.c \
	bridge/rules/gmail.c \
	bridge/rules/groupwise.c \
	bridge/rules/imail.c \
	bridge/rules/james.c \
	bridge/rules/japan.c \
	bridge/rules/korea.c \
	bridge/rules/mdaemon.c \
	bridge/rules/nordic.c \
	bridge/rules/opensmtpd.c \
	bridge/rules/postfix.c \
	bridge/rules/powermta.c \
	bridge/rules/qmail.c \
	bridge/rules/relay.c \
	bridge/rules/romance.c \
	bridge/rules/sendmail.c \
	bridge/rules/slavic.c \
	bridge/rules/smail.c \
	bridge/rules/yahoo.c \
	bridge/rules/zimbra.c \
	bridge/sieve.c bridge/sieve.h \
	bridge/signs.c bridge/signs.h \
	bridge/starttls.c bridge/starttls.h \
	bridge/submit.c bridge/submit.h \
	bridge/template.c bridge/template.h \
	bridge/trace.c bridge/trace.h \
	bridge/verdict.c bridge/verdict.h \
	bridge/words.c bridge/words.h
# What whoever links libbridge.a needs beside it.
BRIDGE_LIBS = bridge/libbridge.a $(CLIENT_LIBS) $(GMIME_LIBS) \
	$(ETPAN_LIBS) $(GNUTLS_LIBS) -lpthread

sbin_PROGRAMS += bridge/postern-bridge
bridge_postern_bridge_SOURCES = bridge/main.c
bridge_postern_bridge_LDADD = $(BRIDGE_LIBS)
