# SPDX-License-Identifier: Apache-2.0
# posternd: who may do what, what requests may be, what threads share.
posternd_checks = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)

check_PROGRAMS += tests/unit/check_admit
tests_unit_check_admit_CPPFLAGS = $(posternd_checks)
tests_unit_check_admit_SOURCES = tests/unit/check_admit.c tests/unit/run.h
tests_unit_check_admit_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_authorise
tests_unit_check_authorise_CPPFLAGS = $(posternd_checks)
tests_unit_check_authorise_SOURCES = tests/unit/check_authorise.c \
	tests/unit/run.h
tests_unit_check_authorise_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_clamd
tests_unit_check_clamd_CPPFLAGS = $(posternd_checks)
tests_unit_check_clamd_SOURCES = tests/unit/check_clamd.c tests/unit/run.h
tests_unit_check_clamd_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_health
tests_unit_check_health_CPPFLAGS = $(posternd_checks)
tests_unit_check_health_SOURCES = tests/unit/check_health.c tests/unit/run.h
tests_unit_check_health_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_grammar
tests_unit_check_grammar_CPPFLAGS = $(posternd_checks)
tests_unit_check_grammar_SOURCES = tests/unit/check_grammar.c tests/unit/run.h
tests_unit_check_grammar_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_image
tests_unit_check_image_CPPFLAGS = $(posternd_checks)
tests_unit_check_image_SOURCES = tests/unit/check_image.c tests/unit/run.h
tests_unit_check_image_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_route
tests_unit_check_route_CPPFLAGS = $(posternd_checks)
tests_unit_check_route_SOURCES = tests/unit/check_route.c tests/unit/run.h
tests_unit_check_route_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_shared
tests_unit_check_shared_CPPFLAGS = $(posternd_checks)
tests_unit_check_shared_SOURCES = tests/unit/check_shared.c tests/unit/run.h \
	tests/unit/place.h tests/unit/temp_practice.h tests/unit/temp_store.h
tests_unit_check_shared_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

# The linker's --wrap gives it a clock of its own.
check_PROGRAMS += tests/unit/check_live
tests_unit_check_live_CPPFLAGS = $(posternd_checks)
tests_unit_check_live_SOURCES = tests/unit/check_live.c tests/unit/run.h
tests_unit_check_live_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_boot
tests_unit_check_live_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_view
tests_unit_check_view_CPPFLAGS = $(posternd_checks)
tests_unit_check_view_SOURCES = tests/unit/check_view.c tests/unit/run.h \
	tests/unit/place.h tests/unit/temp_practice.h tests/unit/temp_store.h
tests_unit_check_view_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

# The linker's --wrap gives it a clock, a clamd and a writer of its own.
check_PROGRAMS += tests/unit/check_scanner
tests_unit_check_scanner_CPPFLAGS = $(posternd_checks)
tests_unit_check_scanner_SOURCES = tests/unit/check_scanner.c \
	tests/unit/run.h tests/unit/place.h tests/unit/temp_practice.h \
	tests/unit/temp_store.h
tests_unit_check_scanner_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_boot \
	-Wl,--wrap=clamd_ready -Wl,--wrap=clamd_probe -Wl,--wrap=clamd_scan \
	-Wl,--wrap=clamd_file_add -Wl,--wrap=posternd_submit
tests_unit_check_scanner_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

# Files that people send. The linker's --wrap answers for the file child, and
# looks in while the disk is at work.
check_PROGRAMS += tests/unit/check_intake
tests_unit_check_intake_CPPFLAGS = $(posternd_checks)
tests_unit_check_intake_SOURCES = tests/unit/check_intake.c tests/unit/run.h \
	tests/unit/place.h tests/unit/temp_store.h
tests_unit_check_intake_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=inspect_ask
tests_unit_check_intake_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_media
tests_unit_check_media_CPPFLAGS = $(posternd_checks)
tests_unit_check_media_SOURCES = tests/unit/check_media.c tests/unit/run.h
tests_unit_check_media_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_uploads
tests_unit_check_uploads_CPPFLAGS = $(posternd_checks)
tests_unit_check_uploads_SOURCES = tests/unit/check_uploads.c \
	tests/unit/run.h tests/unit/place.h tests/unit/temp_store.h
tests_unit_check_uploads_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=blob_delete
tests_unit_check_uploads_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)
