# SPDX-License-Identifier: Apache-2.0
# Sealed threads on an ordered key-value transaction. Sees base/ only.
noinst_LIBRARIES += store/libstore.a
store_libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) $(LMDB_CFLAGS)
store_libstore_a_SOURCES = \
	store/audit.h \
	store/dir.c store/dir.h \
	store/idem.h \
	store/keyfile.c store/keyfile.h \
	store/keyring.c store/keyring.h \
	store/kv.c store/kv.h \
	store/outbox.h \
	store/person.h \
	store/record.c store/record.h \
	store/relation.h \
	store/seal.c store/seal.h \
	store/session.h \
	store/slot.c store/slot.h \
	store/store.c store/store.h \
	store/thread.h \
	store/token.c store/token.h \
	store/writer.c store/writer.h
STORE_LIBS = store/libstore.a base/libbase.a $(LMDB_LIBS) $(SODIUM_LIBS) \
	-lpthread
