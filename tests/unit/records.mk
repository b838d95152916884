# SPDX-License-Identifier: Apache-2.0
# What the store keeps, noun by noun.
check_PROGRAMS += tests/unit/check_account
tests_unit_check_account_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_account_SOURCES = tests/unit/check_account.c \
	tests/unit/run.h tests/unit/place.h tests/unit/row.h \
	tests/unit/temp_store.h
tests_unit_check_account_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_account_code
tests_unit_check_account_code_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_account_code_SOURCES = tests/unit/check_account_code.c \
	tests/unit/run.h tests/unit/place.h \
	tests/unit/temp_store.h tests/unit/vectors.h
tests_unit_check_account_code_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_attachment
tests_unit_check_attachment_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_attachment_SOURCES = tests/unit/check_attachment.c \
	tests/unit/run.h tests/unit/place.h tests/unit/row.h \
	tests/unit/temp_attachment.h tests/unit/temp_store.h \
	tests/unit/temp_thread.h
tests_unit_check_attachment_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_audit
tests_unit_check_audit_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_audit_SOURCES = tests/unit/check_audit.c \
	tests/unit/run.h tests/unit/place.h \
	tests/unit/temp_store.h
tests_unit_check_audit_LDADD = $(STORE_CHECK_LIBS)

# The linker's --wrap lets syncs fail, and writes come in pieces.
check_PROGRAMS += tests/unit/check_blob
tests_unit_check_blob_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_blob_SOURCES = tests/unit/check_blob.c \
	tests/unit/run.h tests/unit/place.h \
	tests/unit/temp_attachment.h tests/unit/temp_store.h
tests_unit_check_blob_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=fsync -Wl,--wrap=write
tests_unit_check_blob_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_draft
tests_unit_check_draft_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_draft_SOURCES = tests/unit/check_draft.c \
	tests/unit/run.h tests/unit/place.h tests/unit/row.h \
	tests/unit/temp_store.h
tests_unit_check_draft_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_formats
tests_unit_check_formats_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_formats_SOURCES = tests/unit/check_formats.c \
	tests/unit/run.h tests/unit/place.h \
	tests/unit/vectors.h
tests_unit_check_formats_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_golden
tests_unit_check_golden_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_golden_SOURCES = tests/unit/check_golden.c \
	tests/unit/run.h tests/unit/place.h \
	tests/unit/golden.h
tests_unit_check_golden_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_idem
tests_unit_check_idem_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_idem_SOURCES = tests/unit/check_idem.c \
	tests/unit/run.h tests/unit/place.h \
	tests/unit/temp_store.h
tests_unit_check_idem_LDADD = $(STORE_CHECK_LIBS)

# The linker's --wrap takes memory away, and counts.
check_PROGRAMS += tests/unit/check_news
tests_unit_check_news_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_news_SOURCES = tests/unit/check_news.c \
	tests/unit/run.h tests/unit/place.h \
	tests/unit/temp_store.h tests/unit/temp_thread.h
tests_unit_check_news_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=reallocarray -Wl,--wrap=calloc
tests_unit_check_news_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_outbox
tests_unit_check_outbox_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_outbox_SOURCES = tests/unit/check_outbox.c \
	tests/unit/run.h tests/unit/place.h \
	tests/unit/temp_store.h
tests_unit_check_outbox_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_page
tests_unit_check_page_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_page_SOURCES = tests/unit/check_page.c \
	tests/unit/run.h tests/unit/place.h \
	tests/unit/temp_store.h tests/unit/temp_thread.h
tests_unit_check_page_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_person
tests_unit_check_person_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_person_SOURCES = tests/unit/check_person.c \
	tests/unit/run.h tests/unit/place.h tests/unit/row.h \
	tests/unit/temp_store.h
tests_unit_check_person_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_picture
tests_unit_check_picture_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_picture_SOURCES = tests/unit/check_picture.c \
	tests/unit/run.h tests/unit/place.h tests/unit/row.h \
	tests/unit/temp_store.h
tests_unit_check_picture_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_relation
tests_unit_check_relation_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_relation_SOURCES = tests/unit/check_relation.c \
	tests/unit/run.h tests/unit/place.h \
	tests/unit/temp_store.h
tests_unit_check_relation_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_session
tests_unit_check_session_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_session_SOURCES = tests/unit/check_session.c \
	tests/unit/run.h tests/unit/place.h \
	tests/unit/temp_store.h
tests_unit_check_session_LDADD = $(STORE_CHECK_LIBS)

check_PROGRAMS += tests/unit/check_thread
tests_unit_check_thread_CPPFLAGS = $(STORE_CHECK_CPPFLAGS)
tests_unit_check_thread_SOURCES = tests/unit/check_thread.c \
	tests/unit/run.h tests/unit/place.h tests/unit/row.h \
	tests/unit/temp_store.h tests/unit/temp_thread.h
tests_unit_check_thread_LDADD = $(STORE_CHECK_LIBS)

# Writes what check_golden opens; run once a release.
noinst_PROGRAMS += tests/unit/make_golden
tests_unit_make_golden_CPPFLAGS = $(AM_CPPFLAGS)
tests_unit_make_golden_SOURCES = tests/unit/make_golden.c \
	tests/unit/golden.h
tests_unit_make_golden_LDADD = $(STORE_LIBS)
EXTRA_DIST += tests/golden/0.1.0/data.mdb tests/golden/0.1.0/keyring \
	tests/golden/0.1.0/expected.txt \
	tests/golden/0.2.0/data.mdb tests/golden/0.2.0/keyring \
	tests/golden/0.2.0/expected.txt \
	tests/golden/0.3.0 tests/golden/0.4.0
