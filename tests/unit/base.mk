# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_base
tests_unit_check_base_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_check_base_SOURCES = tests/unit/check_base.c tests/unit/run.h
tests_unit_check_base_LDADD = base/libbase.a $(CHECK_LIBS) $(SODIUM_LIBS)

check_PROGRAMS += tests/unit/check_json
tests_unit_check_json_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	$(JANSSON_CFLAGS)
tests_unit_check_json_SOURCES = tests/unit/check_json.c tests/unit/run.h
tests_unit_check_json_LDADD = $(BASE_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_sandbox
tests_unit_check_sandbox_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_check_sandbox_SOURCES = tests/unit/check_sandbox.c \
	tests/unit/run.h
tests_unit_check_sandbox_LDADD = $(BASE_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_children
tests_unit_check_children_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_check_children_SOURCES = tests/unit/check_children.c \
	tests/unit/family.h tests/unit/run.h
tests_unit_check_children_LDADD = $(BASE_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_settings
tests_unit_check_settings_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_check_settings_SOURCES = tests/unit/check_settings.c \
	tests/unit/run.h
tests_unit_check_settings_LDADD = $(BASE_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_public
tests_unit_check_public_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	$(JANSSON_CFLAGS)
tests_unit_check_public_SOURCES = tests/unit/check_public.c tests/unit/run.h
tests_unit_check_public_LDADD = $(BASE_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_client
tests_unit_check_client_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	$(JANSSON_CFLAGS) $(CURL_CFLAGS)
tests_unit_check_client_SOURCES = tests/unit/check_client.c \
	tests/unit/run.h
tests_unit_check_client_LDADD = $(CLIENT_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_systemd
tests_unit_check_systemd_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_check_systemd_SOURCES = tests/unit/check_systemd.c \
	tests/unit/run.h
tests_unit_check_systemd_LDADD = $(BASE_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_fold
tests_unit_check_fold_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_check_fold_SOURCES = tests/unit/check_fold.c tests/unit/run.h
tests_unit_check_fold_LDADD = base/libbase.a $(CHECK_LIBS) $(SODIUM_LIBS)
