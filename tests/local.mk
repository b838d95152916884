# SPDX-License-Identifier: Apache-2.0
# Unit programs need no server; script/test runs the rest. Those of one
# process that take long come first, check_mutate, which has two, last.
include $(srcdir)/tests/fault/local.mk
include $(srcdir)/tests/unit/accounts.mk
include $(srcdir)/tests/unit/base.mk
include $(srcdir)/tests/unit/bridge.mk
include $(srcdir)/tests/unit/ctl.mk
include $(srcdir)/tests/unit/daemon.mk
include $(srcdir)/tests/unit/inspect.mk
include $(srcdir)/tests/unit/records.mk
include $(srcdir)/tests/unit/mail.mk
include $(srcdir)/tests/unit/store.mk
include $(srcdir)/tests/system/local.mk
include $(srcdir)/tests/browser/local.mk
include $(srcdir)/tests/fuzz/local.mk
