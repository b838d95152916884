# SPDX-License-Identifier: Apache-2.0
# posternd: how people sign in, and what guards that.
check_PROGRAMS += tests/unit/check_brake
tests_unit_check_brake_CPPFLAGS = $(posternd_checks)
tests_unit_check_brake_SOURCES = tests/unit/check_brake.c tests/unit/run.h
tests_unit_check_brake_LDADD = $(DAEMON_LIBS) $(CHECK_LIBS)
