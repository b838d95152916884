# SPDX-License-Identifier: Apache-2.0
# What a file is, told in a child. Sees base/ only.
noinst_LIBRARIES += daemon/inspect/libinspect.a
daemon_inspect_libinspect_a_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS)
daemon_inspect_libinspect_a_SOURCES = \
	daemon/inspect/child.c \
	daemon/inspect/compound.c daemon/inspect/compound.h \
	daemon/inspect/csv.c \
	daemon/inspect/format.h \
	daemon/inspect/inspect.c daemon/inspect/inspect.h \
	daemon/inspect/jpeg.c \
	daemon/inspect/part.c daemon/inspect/part.h \
	daemon/inspect/pdf.c \
	daemon/inspect/png.c \
	daemon/inspect/source.c daemon/inspect/source.h \
	daemon/inspect/tail.c daemon/inspect/tail.h \
	daemon/inspect/zip.c daemon/inspect/zip.h
# What whoever links libinspect.a needs beside it.
INSPECT_LIBS = daemon/inspect/libinspect.a $(BASE_LIBS) $(ZLIB_LIBS) -lpthread
