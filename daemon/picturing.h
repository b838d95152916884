/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Giving somebody a picture, or taking it away, as a request, for both doors
 * that lead here: see daemon/provisioning.h.
 */

#include "daemon/request.h"

/* 32 KiB in base64, and room for a sender that escapes its slashes. */
#define PICTURING_BODY_MAX 65536

/*
 * All of it, for WHO (an id or an external id); whoever asks was let in by
 * the door, and whether they may is looked at here. 200 {picture}: where it is
 * to be had, or null. The same one again changes nothing, so that a frontend
 * may keep pictures in step without thinking.
 */
void picturing_put(struct request *req, const char *who);
