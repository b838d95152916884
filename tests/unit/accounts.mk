# SPDX-License-Identifier: Apache-2.0
# posternd: how people sign in, and what guards that.
request_check_headers = tests/unit/run.h tests/unit/place.h \
	tests/unit/temp_practice.h tests/unit/temp_request.h \
	tests/unit/temp_store.h

# The linker's --wrap keeps what would be sent, and what takes long.
answer_wraps = -Wl,--wrap=request_problem -Wl,--wrap=request_refuse \
	-Wl,--wrap=request_too_many

check_PROGRAMS += tests/unit/check_brake
tests_unit_check_brake_CPPFLAGS = $(posternd_checks)
tests_unit_check_brake_SOURCES = tests/unit/check_brake.c tests/unit/run.h
tests_unit_check_brake_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_cookie
tests_unit_check_cookie_CPPFLAGS = $(posternd_checks)
tests_unit_check_cookie_SOURCES = tests/unit/check_cookie.c tests/unit/run.h
tests_unit_check_cookie_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_csrf
tests_unit_check_csrf_CPPFLAGS = $(posternd_checks)
tests_unit_check_csrf_SOURCES = tests/unit/check_csrf.c tests/unit/run.h
tests_unit_check_csrf_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_device
tests_unit_check_device_CPPFLAGS = $(posternd_checks)
tests_unit_check_device_SOURCES = tests/unit/check_device.c tests/unit/run.h
tests_unit_check_device_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_judge
tests_unit_check_judge_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	$(SODIUM_CFLAGS) $(FIDO2_CFLAGS)
tests_unit_check_judge_SOURCES = tests/unit/check_judge.c \
	tests/unit/authenticator.h tests/unit/family.h tests/unit/run.h
tests_unit_check_judge_LDADD = $(JUDGE_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_proof
tests_unit_check_proof_CPPFLAGS = $(posternd_checks)
tests_unit_check_proof_SOURCES = tests/unit/check_proof.c tests/unit/run.h
tests_unit_check_proof_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_clientdata
tests_unit_check_clientdata_CPPFLAGS = $(posternd_checks)
tests_unit_check_clientdata_SOURCES = tests/unit/check_clientdata.c \
	tests/unit/run.h
tests_unit_check_clientdata_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_passkeys
tests_unit_check_passkeys_CPPFLAGS = $(posternd_checks)
tests_unit_check_passkeys_SOURCES = tests/unit/check_passkeys.c \
	tests/unit/run.h
tests_unit_check_passkeys_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_keys
tests_unit_check_keys_CPPFLAGS = $(posternd_checks)
tests_unit_check_keys_SOURCES = tests/unit/check_keys.c tests/unit/run.h \
	tests/unit/place.h tests/unit/ring.h
tests_unit_check_keys_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_factor
tests_unit_check_factor_CPPFLAGS = $(posternd_checks)
tests_unit_check_factor_SOURCES = tests/unit/check_factor.c tests/unit/run.h \
	tests/unit/qr.h
tests_unit_check_factor_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_strength
tests_unit_check_strength_CPPFLAGS = $(posternd_checks)
tests_unit_check_strength_SOURCES = tests/unit/check_strength.c \
	tests/unit/run.h
tests_unit_check_strength_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_recovery
tests_unit_check_recovery_CPPFLAGS = $(posternd_checks)
tests_unit_check_recovery_SOURCES = tests/unit/check_recovery.c \
	tests/unit/run.h tests/unit/place.h tests/unit/ring.h
tests_unit_check_recovery_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_enrolment
tests_unit_check_enrolment_CPPFLAGS = $(posternd_checks)
tests_unit_check_enrolment_SOURCES = tests/unit/check_enrolment.c \
	tests/unit/run.h tests/unit/place.h tests/unit/temp_practice.h \
	tests/unit/temp_store.h
tests_unit_check_enrolment_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_opening
tests_unit_check_opening_CPPFLAGS = $(posternd_checks) $(MHD_CFLAGS)
tests_unit_check_opening_SOURCES = tests/unit/check_opening.c $(request_check_headers)
tests_unit_check_opening_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_newpass
tests_unit_check_newpass_CPPFLAGS = $(posternd_checks) $(MHD_CFLAGS)
tests_unit_check_newpass_SOURCES = tests/unit/check_newpass.c \
	tests/unit/temp_answer.h $(request_check_headers)
tests_unit_check_newpass_LDFLAGS = $(AM_LDFLAGS) $(answer_wraps) \
	-Wl,--wrap=passphrase_hash
tests_unit_check_newpass_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_self
tests_unit_check_self_CPPFLAGS = $(posternd_checks) $(MHD_CFLAGS)
tests_unit_check_self_SOURCES = tests/unit/check_self.c \
	tests/unit/temp_answer.h $(request_check_headers)
tests_unit_check_self_LDFLAGS = $(AM_LDFLAGS) $(answer_wraps) \
	-Wl,--wrap=passphrase_check -Wl,--wrap=request_audit \
	-Wl,--wrap=request_work
tests_unit_check_self_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_caller
tests_unit_check_caller_CPPFLAGS = $(posternd_checks) $(MHD_CFLAGS)
tests_unit_check_caller_SOURCES = tests/unit/check_caller.c \
	$(request_check_headers)
tests_unit_check_caller_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=http_conn_uid
tests_unit_check_caller_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)
