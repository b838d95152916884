# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/fault/check_powerloss
tests_fault_check_powerloss_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_fault_check_powerloss_SOURCES = tests/fault/check_powerloss.c \
	tests/fault/recorder.c tests/fault/recorder.h \
	tests/unit/place.h tests/unit/run.h
tests_fault_check_powerloss_LDADD = $(STORE_LIBS) $(CHECK_LIBS)
