# SPDX-License-Identifier: Apache-2.0
# What files come to.
check_PROGRAMS += tests/unit/check_inspect
tests_unit_check_inspect_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	$(ZLIB_CFLAGS)
tests_unit_check_inspect_SOURCES = tests/unit/check_inspect.c tests/unit/run.h
tests_unit_check_inspect_LDADD = $(INSPECT_LIBS) $(CHECK_LIBS)
