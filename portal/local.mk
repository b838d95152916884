# SPDX-License-Identifier: Apache-2.0
# The reference portal: static files, served as they are.
nobase_dist_pkgdata_DATA += \
	portal/icon.svg \
	portal/index.html \
	portal/js/account.js \
	portal/js/api.js \
	portal/js/bubble.js \
	portal/js/card.js \
	portal/js/chat.js \
	portal/js/codes.js \
	portal/js/compose.js \
	portal/js/composer.js \
	portal/js/contacts.js \
	portal/js/dialog.js \
	portal/js/dom.js \
	portal/js/enrol.js \
	portal/js/face.js \
	portal/js/factor.js \
	portal/js/form.js \
	portal/js/frame.js \
	portal/js/gate.js \
	portal/js/idle.js \
	portal/js/live.js \
	portal/js/main.js \
	portal/js/messages.js \
	portal/js/outage.js \
	portal/js/passkey.js \
	portal/js/people.js \
	portal/js/person.js \
	portal/js/picture.js \
	portal/js/practice.js \
	portal/js/refusal.js \
	portal/js/session.js \
	portal/js/signin.js \
	portal/js/thread.js \
	portal/js/time.js \
	portal/js/words.js \
	portal/js/writing.js \
	portal/lang/en.json \
	portal/lang/es.json \
	portal/style/base.css \
	portal/style/chat.css \
	portal/style/frame.css \
	portal/style/page.css
