# SPDX-License-Identifier: Apache-2.0
# The mails' words; the language of these files is in bridge/template.h.
nobase_dist_pkgdata_DATA = \
	templates/en/answered.html \
	templates/en/answered.subject \
	templates/en/answered.txt \
	templates/en/message.html \
	templates/en/message.subject \
	templates/en/message.txt \
	templates/en/prompt.html \
	templates/en/prompt.subject \
	templates/en/prompt.txt \
	templates/en/test.html \
	templates/en/test.subject \
	templates/en/test.txt
