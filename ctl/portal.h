/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * portal-words: what base/public.h makes public, for the reverse proxy to
 * serve while posternd is down. A file is replaced as a whole: whoever reads
 * it sees the old words or the new ones.
 */

#include "ctl/command.h"

int portal_words(struct ctl *ctl);
