# SPDX-License-Identifier: Apache-2.0
# Units, users and directories for systemd, the configuration's skeleton, and
# an example for the web server.
systemd_units = \
	systemd/posternd.service \
	systemd/posternd-portal.socket \
	systemd/posternd-web.socket \
	systemd/posternd-bridge.socket \
	systemd/posternd-admin.socket \
	systemd/postern-bridge.service \
	systemd/postern-bridge-lmtp.socket \
	systemd/postern-bridge-lmtp-tcp.socket \
	systemd/postern-portal-words.service
systemdsystemunit_DATA = $(systemd_units)
examplesdir = $(docdir)/examples
examples_DATA = systemd/nginx-postern.conf
systemd_made = $(systemd_units) $(examples_DATA)
EXTRA_DIST += $(systemd_made:=.in) systemd/postern.sysusers \
	systemd/postern.tmpfiles
CLEANFILES += $(systemd_made) postern.conf

$(systemd_made): %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && \
	sed -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@bindir[@]|$(bindir)|g' \
		-e 's|@pkgdatadir[@]|$(pkgdatadir)|g' \
		-e 's|@pkglibexecdir[@]|$(pkglibexecdir)|g' $(srcdir)/$@.in >$@.new && \
	mv $@.new $@

# The configuration with every key at its default, commented out.
postern.conf: ctl/posternctl$(EXEEXT)
	$(AM_V_GEN)ctl/posternctl$(EXEEXT) check-config --keys >$@.new && \
	mv $@.new $@
noinst_DATA = postern.conf

# What an administrator has changed stays.
install-data-local: postern.conf
	$(MKDIR_P) '$(DESTDIR)$(prefix)/lib/sysusers.d' \
		'$(DESTDIR)$(prefix)/lib/tmpfiles.d' \
		'$(DESTDIR)$(sysconfdir)/postern/postern.conf.d'
	$(INSTALL_DATA) $(srcdir)/systemd/postern.sysusers \
		'$(DESTDIR)$(prefix)/lib/sysusers.d/postern.conf'
	$(INSTALL_DATA) $(srcdir)/systemd/postern.tmpfiles \
		'$(DESTDIR)$(prefix)/lib/tmpfiles.d/postern.conf'
	test -e '$(DESTDIR)$(sysconfdir)/postern/postern.conf' || \
		$(INSTALL_DATA) postern.conf \
		'$(DESTDIR)$(sysconfdir)/postern/postern.conf'

uninstall-local:
	rm -f '$(DESTDIR)$(prefix)/lib/sysusers.d/postern.conf' \
		'$(DESTDIR)$(prefix)/lib/tmpfiles.d/postern.conf'
	if cmp -s postern.conf '$(DESTDIR)$(sysconfdir)/postern/postern.conf'; \
	then rm -f '$(DESTDIR)$(sysconfdir)/postern/postern.conf'; fi
