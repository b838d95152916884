# SPDX-License-Identifier: Apache-2.0
# The mails' words; the language of these files is in bridge/template.h.
nobase_dist_pkgdata_DATA = \
	templates/en/account.html \
	templates/en/account.subject \
	templates/en/account.txt \
	templates/en/answered.html \
	templates/en/answered.subject \
	templates/en/answered.txt \
	templates/en/enrolment.html \
	templates/en/enrolment.subject \
	templates/en/enrolment.txt \
	templates/en/message.html \
	templates/en/message.subject \
	templates/en/message.txt \
	templates/en/prompt.html \
	templates/en/prompt.subject \
	templates/en/prompt.txt \
	templates/en/test.html \
	templates/en/test.subject \
	templates/en/test.txt \
	templates/es/account.html \
	templates/es/account.subject \
	templates/es/account.txt \
	templates/es/answered.html \
	templates/es/answered.subject \
	templates/es/answered.txt \
	templates/es/enrolment.html \
	templates/es/enrolment.subject \
	templates/es/enrolment.txt \
	templates/es/message.html \
	templates/es/message.subject \
	templates/es/message.txt \
	templates/es/prompt.html \
	templates/es/prompt.subject \
	templates/es/prompt.txt \
	templates/es/test.html \
	templates/es/test.subject \
	templates/es/test.txt
