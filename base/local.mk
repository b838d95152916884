# SPDX-License-Identifier: Apache-2.0
# What the programs share. Sees no other directory.
noinst_LIBRARIES += base/libbase.a
base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
base_libbase_a_SOURCES = \
	base/attr.h \
	base/base32.c base/base32.h \
	base/buf.c base/buf.h \
	base/clock.c base/clock.h \
	base/id.c base/id.h \
	base/log.c base/log.h \
	base/secret.c base/secret.h
