# SPDX-License-Identifier: Apache-2.0
# The portal in Chromium; script/test runs them.
EXTRA_DIST += \
	tests/browser/browser.py tests/browser/conftest.py \
	tests/browser/door.py tests/browser/files.py \
	tests/browser/test_drafts.py \
	tests/browser/pages.py tests/browser/picture.py \
	tests/browser/payloads.py tests/browser/test_client.py \
	tests/browser/test_injection.py tests/browser/test_senses.py \
	tests/browser/test_outage.py tests/browser/test_passkeys.py \
	tests/browser/test_enrolment.py tests/browser/test_links.py \
	tests/browser/test_looks.py \
	tests/browser/test_harness.py tests/browser/test_keyboard.py \
	tests/browser/test_main_flow.py \
	tests/browser/test_addresses.py \
	tests/browser/test_attachments.py tests/browser/test_pictures.py \
	tests/browser/test_provider.py \
	tests/browser/test_scanned.py \
	tests/browser/test_sending.py \
	tests/browser/test_session.py \
	tests/browser/test_signin.py tests/browser/test_staff.py
