# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_base
tests_unit_check_base_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_check_base_SOURCES = tests/unit/check_base.c tests/unit/run.h
tests_unit_check_base_LDADD = base/libbase.a $(CHECK_LIBS) $(SODIUM_LIBS)
