# SPDX-License-Identifier: Apache-2.0
# The built programs against real mail and web servers; script/test runs them.
EXTRA_DIST += \
	script/bootstrap script/build script/demo script/demo.py \
	script/lakeside.py script/tour.py \
	script/screenshots script/screenshots.py \
	script/packages.txt script/test .ci/run \
	tests/system/accounts.py tests/system/authenticator.py \
	tests/system/hurry.c tests/system/slow.c \
	tests/system/client.py tests/system/conftest.py \
	tests/system/correspondent.py tests/system/test_fixed_sender.py \
	tests/system/faultsmtp.py tests/system/idle.py \
	tests/system/maildir.py \
	tests/system/leak.c tests/system/marks.py tests/system/openapi.py \
	tests/system/postern.py tests/system/ranks.py \
	tests/system/postfix.py tests/system/pytest.ini \
	tests/system/test_api_bad_input.py tests/system/test_canary.py \
	tests/system/test_classify.py \
	tests/system/test_loops.py tests/system/test_pipe.py \
	tests/system/dovecot_lmtp.py tests/system/test_dovecot_lmtp.py \
	tests/system/exim.py tests/system/test_exim.py \
	tests/system/test_doors.py tests/system/test_maildir.py \
	tests/system/test_deliver.py tests/system/test_demo.py \
	tests/system/test_faults.py tests/system/test_inbound.py \
	tests/system/test_main_job.py tests/system/test_postfix_config.py \
	tests/system/test_access.py tests/system/test_addresses.py \
	tests/system/test_drafts.py \
	tests/system/test_enrolment.py tests/system/test_events.py \
	tests/system/test_forgery.py tests/system/test_guessing.py \
	tests/system/test_openapi.py tests/system/test_overload.py \
	tests/system/test_passkeys.py tests/system/test_sign_in.py
EXTRA_DIST += \
	tests/bench/files tests/bench/posts tests/bench/signin tests/bench/load.c \
	tests/bench/syncrate.c \
	tests/bench/rows.sql tests/bench/post.pgbench
EXTRA_DIST += \
	tests/system/boot_guest.py tests/system/boot_probe.py \
	tests/system/boot_systemd.sh tests/system/test_boot.py \
	tests/system/test_posternctl.py tests/system/test_sessions.py \
	tests/system/test_connections.py tests/system/test_units.py
EXTRA_DIST += \
	tests/system/files.py tests/system/test_files.py \
	tests/system/images.py tests/system/test_pictures.py \
	tests/system/machine.py tests/system/nginx.py \
	tests/system/server.py \
	tests/system/portal.py \
	tests/system/standin.py tests/system/web.py \
	tests/system/test_nginx_api.py tests/system/test_nginx_pages.py
EXTRA_DIST += \
	tests/system/clamav.py tests/system/keep.c \
	tests/system/test_scanning.py \
	tests/system/test_upload_kill.py tests/system/test_uploads.py
EXTRA_DIST += \
	tests/system/dovecot.py tests/system/faultimap.py \
	tests/system/imapwatch.py tests/system/oauth.py \
	tests/system/test_imap.py tests/system/test_imap_bookmark.py \
	tests/system/test_imap_faults.py tests/system/test_imap_oauth.py \
	tests/system/test_imap_patience.py tests/system/test_imap_signin.py
