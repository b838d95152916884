# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += tests/unit/vectors.py
STORE_CHECK_LIBS = $(STORE_LIBS) $(CHECK_LIBS)
STORE_CHECK_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)

# The linker's --wrap puts failures where no test could cause them.
check_PROGRAMS += tests/unit/check_kv
tests_unit_check_kv_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_kv_SOURCES = tests/unit/check_kv.c tests/unit/run.h \
	tests/unit/place.h
tests_unit_check_kv_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fallocate
tests_unit_check_kv_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_record
tests_unit_check_record_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_record_SOURCES = tests/unit/check_record.c tests/unit/run.h
tests_unit_check_record_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_seal
tests_unit_check_seal_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_seal_SOURCES = tests/unit/check_seal.c tests/unit/run.h \
	tests/unit/vectors.h
tests_unit_check_seal_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_keyring
tests_unit_check_keyring_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_keyring_SOURCES = tests/unit/check_keyring.c \
	tests/unit/run.h tests/unit/place.h tests/unit/vectors.h
tests_unit_check_keyring_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_store
tests_unit_check_store_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_store_SOURCES = tests/unit/check_store.c \
	tests/unit/run.h tests/unit/place.h tests/unit/vectors.h
tests_unit_check_store_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_token
tests_unit_check_token_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_token_SOURCES = tests/unit/check_token.c \
	tests/unit/run.h tests/unit/place.h tests/unit/vectors.h
tests_unit_check_token_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_writer
tests_unit_check_writer_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_writer_SOURCES = tests/unit/check_writer.c \
	tests/unit/run.h tests/unit/place.h
tests_unit_check_writer_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=store_reserve
tests_unit_check_writer_LDADD = $(STORE_CHECK_LIBS)
