/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The handlers of admin.sock. Whoever opens it is a sysadmin of the machine:
 * sees who takes part, and how it runs; never what is written.
 */

#include <stdbool.h>
#include "daemon/api.h"

/* False: answered. */
bool api_admin_admits(struct request *req);

void api_admin_status(struct request *req);
void api_admin_queue(struct request *req);
void api_admin_test_mail(struct request *req);
void api_admin_mailbox(struct request *req);
void api_admin_mailbox_sign_in(struct request *req);
void api_admin_people(struct request *req);
void api_admin_add(struct request *req);
void api_admin_disable(struct request *req);
void api_admin_enrolment(struct request *req);
void api_admin_picture(struct request *req);
void api_admin_relate(struct request *req);
