# SPDX-License-Identifier: Apache-2.0
FAULT_SOURCES = tests/fault/posting.c tests/fault/posting.h \
	tests/unit/place.h tests/unit/run.h

check_PROGRAMS += tests/fault/check_powerloss
tests_fault_check_powerloss_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_fault_check_powerloss_SOURCES = tests/fault/check_powerloss.c \
	tests/fault/recorder.c tests/fault/recorder.h $(FAULT_SOURCES)
tests_fault_check_powerloss_LDADD = $(STORE_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/fault/check_kill
tests_fault_check_kill_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_fault_check_kill_SOURCES = tests/fault/check_kill.c $(FAULT_SOURCES)
tests_fault_check_kill_LDADD = $(STORE_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/fault/check_fulldisk
tests_fault_check_fulldisk_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_fault_check_fulldisk_SOURCES = tests/fault/check_fulldisk.c \
	tests/unit/place.h tests/unit/run.h
tests_fault_check_fulldisk_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fallocate
tests_fault_check_fulldisk_LDADD = $(STORE_LIBS) $(CHECK_LIBS)
