# SPDX-License-Identifier: Apache-2.0
# postern-deliver. Sees base/ only; no library does its talking.
bin_PROGRAMS += deliver/postern-deliver
deliver_postern_deliver_SOURCES = deliver/main.c \
	deliver/deliver.c deliver/deliver.h
deliver_postern_deliver_LDADD = base/libbase.a
