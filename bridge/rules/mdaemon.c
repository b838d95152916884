/* SPDX-License-Identifier: Apache-2.0 */

/*
 * MDaemon.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_HEADER, "X-MDDSN-Message", "bounce-hard-mdaemon-01.eml"},
    {SIGN_TEXT, "the attached message had permanent fatal delivery errors",
	"bounce-soft-mdaemon-02.eml"},
    {SIGN_TEXT,
	"the following data may be used to determine why the message could not be delivered",
	"bounce-hard-mdaemon-03.eml"},
    {SIGN_TEXT, "permanent fatal errors: the following address",
	"bounce-soft-mdaemon-04.eml"},
    {SIGN_TEXT,
	"the following data may contain sections which represent base64 encoded",
	"bounce-hard-mdaemon-05.eml"},
    {SIGN_NONE, NULL, NULL},
};

const struct family family_mdaemon = {
    .id = "mdaemon",
    .signs = signs,
};
