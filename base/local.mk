# SPDX-License-Identifier: Apache-2.0
# What the programs share. Sees no other directory.
noinst_LIBRARIES += base/libbase.a base/libclient.a
base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS) \
	$(SECCOMP_CFLAGS) $(SYSTEMD_CFLAGS)
base_libbase_a_SOURCES = \
	base/attr.h \
	base/base32.c base/base32.h \
	base/buf.c base/buf.h \
	base/children.c base/children.h \
	base/clock.c base/clock.h \
	base/conflict.c base/conflict.h \
	base/fdpass.c base/fdpass.h \
	base/fold.c base/fold.h \
	base/id.c base/id.h \
	base/ini.c base/ini.h \
	base/json.c base/json.h \
	base/loader.c base/loader.h \
	base/log.c base/log.h \
	base/nursery.c base/nursery.h \
	base/public.c base/public.h \
	base/rule.c base/rule.h \
	base/sandbox.c base/sandbox.h \
	base/schema.c base/schema.h \
	base/secret.c base/secret.h \
	base/setting.c base/setting.h \
	base/settings.c base/settings.h \
	base/socket.c base/socket.h \
	base/systemd.c base/systemd.h \
	base/url.c base/url.h \
	base/utf8.c base/utf8.h
# What whoever links libbase.a needs beside it.
BASE_LIBS = base/libbase.a $(SODIUM_LIBS) $(JANSSON_LIBS) $(SECCOMP_LIBS) \
	$(SYSTEMD_LIBS)

# Apart, because posternd must not link libcurl.
base_libclient_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CURL_CFLAGS)
base_libclient_a_SOURCES = base/client.c base/client.h
CLIENT_LIBS = base/libclient.a $(BASE_LIBS) $(CURL_LIBS)
