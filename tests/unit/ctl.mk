# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_ctl
tests_unit_check_ctl_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	$(SODIUM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_check_ctl_SOURCES = tests/unit/check_ctl.c tests/unit/run.h
tests_unit_check_ctl_LDADD = $(CTL_LIBS) $(CHECK_LIBS)
