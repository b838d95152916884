/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The routes, one table per noun; each ends with an empty row.
 */

#include "daemon/route.h"

/* portal.sock and web.sock */
extern const struct route api_session_routes[];
extern const struct route api_login_routes[];
extern const struct route api_factor_routes[];
extern const struct route api_totp_routes[];
extern const struct route api_passkey_routes[];
extern const struct route api_passphrase_routes[];
extern const struct route api_recovery_routes[];
extern const struct route api_enrolment_routes[];
extern const struct route api_self_routes[];
extern const struct route api_address_routes[];
extern const struct route api_link_routes[];
extern const struct route api_contact_routes[];
extern const struct route api_thread_routes[];
extern const struct route api_entry_routes[];
extern const struct route api_message_routes[];
extern const struct route api_upload_routes[];
extern const struct route api_attachment_routes[];
extern const struct route api_draft_routes[];
extern const struct route api_live_routes[];
extern const struct route api_people_routes[];
extern const struct route api_picture_routes[];
extern const struct route api_provision_routes[];
/* bridge.sock */
extern const struct route api_bridge_routes[];
/* admin.sock */
extern const struct route api_admin_routes[];
