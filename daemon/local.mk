# SPDX-License-Identifier: Apache-2.0
# posternd: HTTP over UNIX sockets, sessions, who may do what. The program is
# a stub, so that tests link the rest.
noinst_LIBRARIES += daemon/libdaemon.a
daemon_libdaemon_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) \
	$(JANSSON_CFLAGS) $(MHD_CFLAGS) $(OATH_CFLAGS) $(QRENCODE_CFLAGS)
daemon_libdaemon_a_SOURCES = \
	daemon/admit.c daemon/admit.h \
	daemon/answer.c daemon/answer.h \
	daemon/api.h \
	daemon/api_address.c \
	daemon/api_admin.c daemon/api_admin.h \
	daemon/api_admin_people.c \
	daemon/api_admin_roll.c \
	daemon/api_attachment.c \
	daemon/api_bridge.c daemon/api_bridge.h \
	daemon/api_contact.c \
	daemon/api_draft.c \
	daemon/api_enrolment.c \
	daemon/api_entry.c \
	daemon/api_factor.c \
	daemon/api_held.c daemon/api_held.h \
	daemon/api_inbound.c \
	daemon/api_lease.c \
	daemon/api_link.c \
	daemon/api_live.c \
	daemon/api_login.c \
	daemon/api_mailbox.c \
	daemon/api_message.c \
	daemon/api_passphrase.c \
	daemon/api_people.c \
	daemon/api_picture.c \
	daemon/api_provision.c \
	daemon/api_queue.c \
	daemon/api_recovery.c \
	daemon/api_self.c \
	daemon/api_session.c \
	daemon/api_thread.c \
	daemon/api_totp.c \
	daemon/api_upload.c \
	daemon/api_passkey.c \
	daemon/authorise.c daemon/authorise.h \
	daemon/brake.c daemon/brake.h \
	daemon/caller.c daemon/caller.h \
	daemon/clamd.c daemon/clamd.h \
	daemon/clientdata.c daemon/clientdata.h \
	daemon/command.c daemon/command.h \
	daemon/conn.c \
	daemon/cookie.c daemon/cookie.h \
	daemon/csrf.c daemon/csrf.h \
	daemon/device.c daemon/device.h \
	daemon/correction.c daemon/correction.h \
	daemon/enclosures.c daemon/enclosures.h \
	daemon/enrolment.c daemon/enrolment.h \
	daemon/event.c daemon/event.h \
	daemon/factor.c daemon/factor.h \
	daemon/gate.c daemon/gate.h \
	daemon/grammar.c daemon/grammar.h \
	daemon/guess.c daemon/guess.h \
	daemon/http-private.h \
	daemon/http.c daemon/http.h \
	daemon/image.c daemon/image.h \
	daemon/health.c daemon/health.h \
	daemon/inbound.c daemon/inbound.h \
	daemon/init.c \
	daemon/intake.c daemon/intake.h \
	daemon/issuing.c daemon/issuing.h \
	daemon/keys.c daemon/keys.h \
	daemon/later.c \
	daemon/lease.c daemon/lease.h \
	daemon/listen.c \
	daemon/live.c daemon/live.h \
	daemon/mailcode.c daemon/mailcode.h \
	daemon/mailbox.c daemon/mailbox.h \
	daemon/masterkey.c daemon/masterkey.h \
	daemon/media.c daemon/media.h \
	daemon/newpass.c daemon/newpass.h \
	daemon/notices.c daemon/notices.h \
	daemon/once.c daemon/once.h \
	daemon/opening.c daemon/opening.h \
	daemon/outcome.c daemon/outcome.h \
	daemon/passkeys.c daemon/passkeys.h \
	daemon/picturing.c daemon/picturing.h \
	daemon/pool.c daemon/pool.h \
	daemon/posternd.c daemon/posternd.h \
	daemon/problem.c daemon/problem.h \
	daemon/proof.c daemon/proof.h \
	daemon/provision.c daemon/provision.h \
	daemon/provisioning.c daemon/provisioning.h \
	daemon/rate.c daemon/rate.h \
	daemon/recipients.c daemon/recipients.h \
	daemon/recovery.c daemon/recovery.h \
	daemon/reply.c \
	daemon/request-private.h \
	daemon/request.c daemon/request.h \
	daemon/roster.c daemon/roster.h \
	daemon/route.c daemon/route.h \
	daemon/run.c \
	daemon/scanner.c daemon/scanner.h \
	daemon/self.c daemon/self.h \
	daemon/sessions.c daemon/sessions.h \
	daemon/setup.c daemon/setup.h \
	daemon/start.c daemon/start.h \
	daemon/strength.c daemon/strength.h \
	daemon/sweep.c daemon/sweep.h \
	daemon/telling.c daemon/telling.h \
	daemon/rounds.c daemon/rounds.h \
	daemon/undelivered.c daemon/undelivered.h \
	daemon/unreached.c daemon/unreached.h \
	daemon/uploads.c daemon/uploads.h \
	daemon/verify.c \
	daemon/view.c daemon/view.h \
	daemon/waiters.c daemon/waiters.h
DAEMON_LIBS = daemon/libdaemon.a daemon/inspect/libinspect.a $(STORE_LIBS) $(BASE_LIBS) $(MHD_LIBS) \
	$(OATH_LIBS) $(QRENCODE_LIBS) $(ZXCVBN_LIBS) $(ZLIB_LIBS) -lpthread

sbin_PROGRAMS += daemon/posternd
daemon_posternd_SOURCES = daemon/main.c
daemon_posternd_LDADD = $(DAEMON_LIBS)

# What looks at passkeys: libfido2 and what it brings stay out of posternd.
noinst_LIBRARIES += daemon/libjudge.a
daemon_libjudge_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) $(FIDO2_CFLAGS)
daemon_libjudge_a_SOURCES = daemon/judge.c daemon/judge.h
JUDGE_LIBS = daemon/libjudge.a daemon/libdaemon.a store/libstore.a \
	$(BASE_LIBS) $(FIDO2_LIBS) -lpthread

pkglibexec_PROGRAMS += daemon/postern-passkey
daemon_postern_passkey_CPPFLAGS = $(AM_CPPFLAGS)
daemon_postern_passkey_SOURCES = daemon/passkey_main.c
daemon_postern_passkey_LDADD = $(JUDGE_LIBS)
