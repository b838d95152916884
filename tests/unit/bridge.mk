# SPDX-License-Identifier: Apache-2.0
BRIDGE_TESTS = \
	tests/unit/check_address \
	tests/unit/check_bookmark \
	tests/unit/check_channel \
	tests/unit/check_classify \
	tests/unit/check_compose \
	tests/unit/check_door \
	tests/unit/check_frame \
	tests/unit/check_lmtp \
	tests/unit/check_parser \
	tests/unit/check_sieve \
	tests/unit/check_submit \
	tests/unit/check_template \
	tests/unit/check_trace
check_PROGRAMS += $(BRIDGE_TESTS)
BRIDGE_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(SODIUM_CFLAGS) \
	$(JANSSON_CFLAGS) $(CURL_CFLAGS) $(GMIME_CFLAGS)
BRIDGE_TEST_LIBS = $(BRIDGE_LIBS) $(CHECK_LIBS)

tests_unit_check_address_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_address_SOURCES = \
	tests/unit/check_address.c tests/unit/run.h
tests_unit_check_address_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_compose_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_compose_SOURCES = \
	tests/unit/check_compose.c tests/unit/run.h
tests_unit_check_compose_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_lmtp_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_lmtp_SOURCES = tests/unit/check_lmtp.c tests/unit/run.h
tests_unit_check_lmtp_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_template_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_template_SOURCES = \
	tests/unit/check_template.c tests/unit/run.h
tests_unit_check_template_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_classify_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_classify_SOURCES = \
	tests/unit/check_classify.c tests/unit/run.h
tests_unit_check_classify_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_parser_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_parser_SOURCES = \
	tests/unit/check_parser.c tests/unit/family.h tests/unit/run.h
tests_unit_check_parser_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_trace_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_trace_SOURCES = tests/unit/check_trace.c tests/unit/run.h
tests_unit_check_trace_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_submit_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_submit_SOURCES = \
	tests/unit/check_submit.c tests/unit/run.h
tests_unit_check_submit_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_door_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_door_SOURCES = tests/unit/check_door.c tests/unit/run.h
tests_unit_check_door_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_channel_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_channel_SOURCES = tests/unit/check_channel.c tests/unit/run.h
tests_unit_check_channel_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_frame_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_frame_SOURCES = tests/unit/check_frame.c tests/unit/run.h
tests_unit_check_frame_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_sieve_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_sieve_SOURCES = tests/unit/check_sieve.c tests/unit/run.h
tests_unit_check_sieve_LDADD = $(BRIDGE_TEST_LIBS)

tests_unit_check_bookmark_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_unit_check_bookmark_SOURCES = \
	tests/unit/check_bookmark.c tests/unit/run.h
tests_unit_check_bookmark_LDADD = $(BRIDGE_TEST_LIBS)

EXTRA_DIST += tests/mail tests/unit/wall.sh
# Built by tests/bench/verdicts when it runs.
EXTRA_PROGRAMS = tests/bench/judge
tests_bench_judge_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_bench_judge_SOURCES = tests/bench/judge.c
tests_bench_judge_LDADD = $(BRIDGE_LIBS)

EXTRA_DIST += tests/bench/verdicts
TESTS += tests/unit/wall.sh
