# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_page
tests_unit_check_page_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_check_page_SOURCES = tests/unit/check_page.c \
	tests/unit/run.h tests/unit/temp_store.h tests/unit/temp_thread.h
tests_unit_check_page_LDADD = $(STORE_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_thread
tests_unit_check_thread_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_check_thread_SOURCES = tests/unit/check_thread.c \
	tests/unit/run.h tests/unit/temp_store.h tests/unit/temp_thread.h
tests_unit_check_thread_LDADD = $(STORE_LIBS) $(CHECK_LIBS)
