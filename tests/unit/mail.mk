# SPDX-License-Identifier: Apache-2.0
# posternd: keys, notifications out, verdicts in, stores made and verified.
daemon_checks = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)

check_PROGRAMS += tests/unit/check_masterkey
tests_unit_check_masterkey_CPPFLAGS = $(daemon_checks)
tests_unit_check_masterkey_SOURCES = tests/unit/check_masterkey.c \
	tests/unit/run.h
tests_unit_check_masterkey_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_inbound
tests_unit_check_inbound_CPPFLAGS = $(daemon_checks)
tests_unit_check_inbound_SOURCES = tests/unit/check_inbound.c \
	tests/unit/run.h tests/unit/temp_store.h
tests_unit_check_inbound_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_provision
tests_unit_check_provision_CPPFLAGS = $(daemon_checks)
tests_unit_check_provision_SOURCES = tests/unit/check_provision.c \
	tests/unit/run.h tests/unit/temp_practice.h tests/unit/temp_store.h
tests_unit_check_provision_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_lease
tests_unit_check_lease_CPPFLAGS = $(daemon_checks)
tests_unit_check_lease_SOURCES = tests/unit/check_lease.c \
	tests/unit/run.h tests/unit/temp_practice.h tests/unit/temp_store.h
tests_unit_check_lease_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_answer
tests_unit_check_answer_CPPFLAGS = $(daemon_checks)
tests_unit_check_answer_SOURCES = tests/unit/check_answer.c \
	tests/unit/run.h tests/unit/temp_practice.h tests/unit/temp_store.h
tests_unit_check_answer_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_verify
tests_unit_check_verify_CPPFLAGS = $(daemon_checks)
tests_unit_check_verify_SOURCES = tests/unit/check_verify.c \
	tests/unit/run.h tests/unit/row.h tests/unit/temp_attachment.h \
	tests/unit/temp_practice.h tests/unit/temp_store.h
tests_unit_check_verify_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_notices
tests_unit_check_notices_CPPFLAGS = $(daemon_checks)
tests_unit_check_notices_SOURCES = tests/unit/check_notices.c \
	tests/unit/run.h tests/unit/temp_practice.h tests/unit/temp_store.h
tests_unit_check_notices_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)
