/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/json.h"
#include "base/public.h"
#include "tests/unit/run.h"

#define TYPES                                                                  \
	"\"attachment_types\":[\".pdf\",\".jpg\",\".jpeg\",\".doc\","          \
	"\".docx\",\".csv\",\".png\"]"

/* The bytes that come of the configuration CONFIG: to be freed. */
static char *
public_text(const char *config)
{
	settings_errors_auto struct settings_errors errors = {0};
	settings_auto struct settings *s = NULL;
	json_auto json_t *j = NULL;
	char file[] = "/tmp/check_public.XXXXXX";
	int fd = mkstemp(file);
	char *text;
	int r;

	ck_assert_int_eq(
	    write(fd, config, strlen(config)), (ssize_t)strlen(config));
	(void)close(fd);
	r = settings_load(file, &s, &errors);
	(void)unlink(file);
	ck_assert_msg(r == 0, "%d: %s", r, errors.n > 0 ? errors.lines[0] : "");
	j = public_settings(s);
	ck_assert_ptr_nonnull(j);
	text = json_dumps(j, JSON_COMPACT);
	ck_assert_ptr_nonnull(text);
	return text;
}

static const struct {
	const char *config;
	const char *text;
} cases[] = {
    {"", "{\"practice\":{\"name\":\"Your practice\",\"phone\":\"\","
	 "\"emergency\":\"call 911, or call or text 988\",\"language\":\"en\"},"
	 "\"emergency\":{\"en\":\"call 911, or call or text 988\"},"
	 "\"languages\":[\"en\",\"es\"],\"menu\":[],\"appointments\":null,"
	 "\"response_days\":{\"from\":1,\"to\":3},"
	 "\"limits\":{\"message_bytes\":32768,\"message_attachments\":10,"
	 "\"attachment_bytes\":26214400,"
	 "\"attachment_bytes_per_hour\":262144000," TYPES "},"
	 "\"sign_in\":{\"passphrase_min\":15,\"passphrase_min_with_factor\":8,"
	 "\"client_second_factor\":\"optional\"}}"},
    {"[practice]\nname = Praxis \"M\xc3\xbcller\"\nphone = 555 0100\n"
     "emergency = die 112 anrufen\nlanguage = de\n"
     "[practice en]\nemergency = call 112\n"
     "[practice es-MX]\nemergency = llame al 911\n"
     "[portal]\nlanguages = es-MX de en\n"
     "appointments = https://visits.example/mine?x=1#y\n"
     "[menu home]\nlabel = Dashboard\nurl = /home\n"
     "[menu visits]\nlabel = Citas\nurl = https://visits.example/\n"
     "language = es\nroles = staff provider client\n"
     "[menu hidden]\nlabel = x\nurl = /x\nroles =\n"
     "[limits]\nmessage-bytes = 8K\nmessage-attachments = 0\n"
     "attachment-bytes = 2K\nattachment-bytes-per-hour = 3M\n"
     "[accounts]\nclient-second-factor = required\n"
     /* none of these is anybody's business */
     "[relay]\nuser = relay-login\nhost = relay.example\n"
     "[frontend intake]\nuser = intake-user\nrights = assert\n"
     "[sockets]\nweb-user = proxy-user\n",
	"{\"practice\":{\"name\":\"Praxis \\\"M\xc3\xbcller\\\"\","
	"\"phone\":\"555 0100\",\"emergency\":\"die 112 anrufen\","
	"\"language\":\"de\"},"
	"\"emergency\":{\"de\":\"die 112 anrufen\",\"en\":\"call 112\","
	"\"es-MX\":\"llame al 911\"},"
	"\"languages\":[\"es-MX\",\"de\",\"en\"],"
	"\"menu\":["
	"{\"label\":\"Dashboard\",\"url\":\"/home\",\"language\":null,"
	"\"roles\":[\"client\"]},"
	"{\"label\":\"Citas\",\"url\":\"https://visits.example/\","
	"\"language\":\"es\",\"roles\":[\"client\",\"provider\",\"staff\"]},"
	"{\"label\":\"x\",\"url\":\"/x\",\"language\":null,\"roles\":[]}],"
	"\"appointments\":\"https://visits.example/mine?x=1#y\","
	"\"response_days\":{\"from\":1,\"to\":3},"
	"\"limits\":{\"message_bytes\":8192,\"message_attachments\":0,"
	"\"attachment_bytes\":2048,"
	"\"attachment_bytes_per_hour\":3145728," TYPES "},"
	"\"sign_in\":{\"passphrase_min\":15,\"passphrase_min_with_factor\":8,"
	"\"client_second_factor\":\"required\"}}"},
};

START_TEST(every_byte_is_known)
{
	char *text = public_text(cases[_i].config);

	ck_assert_str_eq(text, cases[_i].text);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("public");
	TCase *t = tcase_create("public");

	tcase_add_loop_test(
	    t, every_byte_is_known, 0, (int)PN_ARRAY_LEN(cases));
	suite_add_tcase(s, t);
	return run_suite(s);
}
