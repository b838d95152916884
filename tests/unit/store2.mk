# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_thread
tests_unit_check_thread_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_check_thread_SOURCES = tests/unit/check_thread.c \
	tests/unit/run.h tests/unit/temp_store.h
tests_unit_check_thread_LDADD = $(STORE_LIBS) $(CHECK_LIBS)
