# SPDX-License-Identifier: Apache-2.0
# Sealed threads on an ordered key-value transaction. Sees base/ only.
noinst_LIBRARIES += store/libstore.a
store_libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) $(LMDB_CFLAGS)
store_libstore_a_SOURCES = \
	store/account.c store/account.h \
	store/account_code.c \
	store/address.c \
	store/attachment.c store/attachment.h \
	store/audit.c store/audit.h \
	store/blind.c store/blind.h \
	store/blob.c store/blob.h \
	store/block.c store/block.h \
	store/chain.c store/chain.h \
	store/dir.c store/dir.h \
	store/draft.c store/draft.h \
	store/entry.c store/entry.h \
	store/envelope.c store/envelope.h \
	store/head.c store/head.h \
	store/idem.c store/idem.h \
	store/keep.c store/keep.h \
	store/key.c store/key.h \
	store/keyfile.c store/keyfile.h \
	store/keyring.c store/keyring.h \
	store/kv.c store/kv.h \
	store/news.c store/news.h \
	store/outbox.c store/outbox.h \
	store/outbox_due.c \
	store/page.c \
	store/passkey.c store/passkey.h \
	store/passphrase.c \
	store/person.c store/person.h \
	store/picture.c store/picture.h \
	store/record.c store/record.h \
	store/relation.c store/relation.h \
	store/rounds.c store/rounds.h \
	store/seal.c store/seal.h \
	store/session.c store/session.h \
	store/slot.c store/slot.h \
	store/stamp.c store/stamp.h \
	store/store.c store/store.h \
	store/table.c store/table.h \
	store/thread.c store/thread.h \
	store/token.c store/token.h \
	store/verify.c store/verify.h \
	store/writer.c store/writer.h
STORE_LIBS = store/libstore.a base/libbase.a $(LMDB_LIBS) $(SODIUM_LIBS) \
	-lpthread
