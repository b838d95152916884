# SPDX-License-Identifier: Apache-2.0
# Corpora are replayed by make check; configure --enable-fuzzing with clang
# builds the fuzzers themselves.
check_PROGRAMS += tests/fuzz/replay_browser tests/fuzz/replay_classify \
	tests/fuzz/replay_code tests/fuzz/replay_imap \
	tests/fuzz/replay_image tests/fuzz/replay_inspect \
	tests/fuzz/replay_lmtp
EXTRA_DIST += tests/fuzz/browser tests/fuzz/code tests/fuzz/imap \
	tests/fuzz/image tests/fuzz/inspect tests/fuzz/lmtp
FUZZ_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) $(GMIME_CFLAGS)
FUZZ_DAEMON_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS)

tests_fuzz_replay_browser_CPPFLAGS = $(FUZZ_DAEMON_CPPFLAGS) \
	-DCORPUS='"tests/fuzz/browser"'
tests_fuzz_replay_browser_SOURCES = tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_browser.c tests/fuzz/replay.c
tests_fuzz_replay_browser_LDADD = $(DAEMON_LIBS)

tests_fuzz_replay_code_CPPFLAGS = $(FUZZ_DAEMON_CPPFLAGS) \
	-DCORPUS='"tests/fuzz/code"'
tests_fuzz_replay_code_SOURCES = tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_code.c tests/fuzz/replay.c
tests_fuzz_replay_code_LDADD = $(DAEMON_LIBS)

tests_fuzz_replay_classify_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"tests/mail"'
tests_fuzz_replay_classify_SOURCES = tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_classify.c tests/fuzz/replay.c
tests_fuzz_replay_classify_LDADD = $(BRIDGE_LIBS)

tests_fuzz_replay_imap_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"tests/fuzz/imap"'
tests_fuzz_replay_imap_SOURCES = tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_imap.c tests/fuzz/replay.c
tests_fuzz_replay_imap_LDADD = $(BRIDGE_LIBS)

tests_fuzz_replay_image_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"tests/fuzz/image"'
tests_fuzz_replay_image_SOURCES = tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_image.c tests/fuzz/replay.c
tests_fuzz_replay_image_LDADD = $(DAEMON_LIBS)

tests_fuzz_replay_inspect_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"tests/fuzz/inspect"'
tests_fuzz_replay_inspect_SOURCES = tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_inspect.c tests/fuzz/replay.c
tests_fuzz_replay_inspect_LDADD = $(INSPECT_LIBS)

tests_fuzz_replay_lmtp_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"tests/fuzz/lmtp"'
tests_fuzz_replay_lmtp_SOURCES = tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_lmtp.c tests/fuzz/replay.c
tests_fuzz_replay_lmtp_LDADD = $(BRIDGE_LIBS)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_browser tests/fuzz/fuzz_classify \
	tests/fuzz/fuzz_code tests/fuzz/fuzz_imap tests/fuzz/fuzz_image \
	tests/fuzz/fuzz_inspect tests/fuzz/fuzz_lmtp
tests_fuzz_fuzz_browser_CPPFLAGS = $(FUZZ_DAEMON_CPPFLAGS)
tests_fuzz_fuzz_browser_SOURCES = tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_browser.c
tests_fuzz_fuzz_browser_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_browser_LDADD = $(DAEMON_LIBS)

tests_fuzz_fuzz_code_CPPFLAGS = $(FUZZ_DAEMON_CPPFLAGS)
tests_fuzz_fuzz_code_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_code.c
tests_fuzz_fuzz_code_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_code_LDADD = $(DAEMON_LIBS)

tests_fuzz_fuzz_classify_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_classify_SOURCES = tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_classify.c
tests_fuzz_fuzz_classify_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_classify_LDADD = $(BRIDGE_LIBS)

tests_fuzz_fuzz_imap_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_imap_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_imap.c
tests_fuzz_fuzz_imap_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_imap_LDADD = $(BRIDGE_LIBS)

tests_fuzz_fuzz_image_CPPFLAGS = $(AM_CPPFLAGS)
tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_image.c
tests_fuzz_fuzz_image_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_image_LDADD = $(DAEMON_LIBS)

tests_fuzz_fuzz_inspect_CPPFLAGS = $(AM_CPPFLAGS)
tests_fuzz_fuzz_inspect_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_inspect.c
tests_fuzz_fuzz_inspect_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_inspect_LDADD = $(INSPECT_LIBS)

tests_fuzz_fuzz_lmtp_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_lmtp_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_lmtp.c
tests_fuzz_fuzz_lmtp_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_lmtp_LDADD = $(BRIDGE_LIBS)
endif

check_PROGRAMS += tests/fuzz/check_mutate
tests_fuzz_check_mutate_CPPFLAGS = $(BRIDGE_TEST_CPPFLAGS)
tests_fuzz_check_mutate_SOURCES = tests/fuzz/check_mutate.c \
	tests/unit/run.h
tests_fuzz_check_mutate_LDADD = $(BRIDGE_TEST_LIBS)
