/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include "base/json.h"
#include "base/socket.h"
#include "ctl/args.h"
#include "ctl/ask.h"
#include "ctl/clamav.h"
#include "ctl/command.h"
#include "ctl/daemon.h"
#include "ctl/dovecot.h"
#include "ctl/exim.h"
#include "ctl/postfix.h"
#include "ctl/status.h"
#include "ctl/table.h"
#include "tests/unit/run.h"

#define NOBODY "--socket=/nonexistent/admin.sock"

static const struct {
	const char *argv[8];
	int code;
	const char *out;
	const char *err;
} lines[] = {
    {{"posternctl"}, EX_USAGE, "", "Commands:\n"},
    {{"posternctl", "--help"}, EX_OK, "Commands:\n", ""},
    {{"posternctl", "--version"}, EX_OK, "posternctl " PACKAGE_VERSION, ""},
    {{"posternctl", "-x"}, EX_USAGE, "", "-x is no option"},
    {{"posternctl", "status", "--help"}, EX_OK, "posternctl status", ""},
    {{"posternctl", "status", "--jsno"}, EX_USAGE, "", "--jsno is no option"},
    {{"posternctl", "status", "--json=1"}, EX_USAGE, "", "no option"},
    {{"posternctl", "status", "now"}, EX_USAGE, "", "expected no operands"},
    {{"posternctl", "status", "--socket"}, EX_USAGE, "",
	"--socket wants a value"},
    {{"posternctl", "status", NOBODY}, EX_UNAVAILABLE, "",
	"systemctl status posternd"},
    {{"posternctl", NOBODY, "status", "--json"}, EX_UNAVAILABLE, "",
	"/nonexistent/admin.sock"},
    {{"posternctl", "--config=/nonexistent", "status"}, EX_CONFIG, "",
	"/nonexistent: expected a readable file"},
    {{"posternctl", "staus"}, EX_USAGE, "", "Did you mean \"status\"?"},
    {{"posternctl", "chek-config", "--quiet"}, EX_USAGE, "",
	"Did you mean \"check-config\"?"},
    {{"posternctl", "participant", "lst"}, EX_USAGE, "",
	"posternctl participant list"},
    {{"posternctl", "partcipant", "list"}, EX_USAGE, "",
	"Did you mean \"participant list\"?"},
    {{"posternctl", "quit"}, EX_USAGE, "", "--help lists them"},
    {{"posternctl", "\x1b[2J"}, EX_USAGE, "", "\"\\x1b[2J\""},
    {{"posternctl", "relate", "c1"}, EX_USAGE, "", "expected CLIENT PROVIDER"},
    {{"posternctl", "participant", "add", "--external-id=1"}, EX_USAGE, "",
	"--role is missing"},
    {{"posternctl", "participant", "add", "--role=client", "--role=staff"},
	EX_USAGE, "", "--role is given twice"},
    {{"posternctl", "participant", "add", "--role=client", "--external-id=1",
	 "--name=\xff"},
	EX_DATAERR, "", "--name must be UTF-8"},
    {{"posternctl", "participant", "disable", ""}, EX_DATAERR, "", "no id"},
    {{"posternctl", "participant", "code", ""}, EX_DATAERR, "", "no id"},
    {{"posternctl", "participant", "code"}, EX_USAGE, "", "expected ID"},
    {{"posternctl", "participant", "picture"}, EX_USAGE, "", "expected ID"},
    {{"posternctl", "participant", "picture", "", "--remove"}, EX_DATAERR, "",
	"no id"},
    {{"posternctl", "test-mail", "a@b", "--wait=x"}, EX_USAGE, "", "--wait"},
    {{"posternctl", "test-mail", "a@b", "--wait=3601"}, EX_USAGE, "", "--wait"},
    {{"posternctl", "check-config", "--keys"}, EX_OK, "[practice]\n", ""},
    {{"posternctl", "check-config", "--keys"}, EX_OK,
	"\n#[practice LANG]\n# practice.emergency in this language.", ""},
};

START_TEST(command_lines)
{
	char *out = NULL, *err = NULL;
	size_t out_len, err_len;
	struct ctl ctl = {.in = stdin,
	    .out = open_memstream(&out, &out_len),
	    .err = open_memstream(&err, &err_len)};
	char *argv[PN_ARRAY_LEN(lines[0].argv) + 1] = {0};
	int code;

	for (size_t i = 0; lines[_i].argv[i] != NULL; i++)
		argv[i] = strdup(lines[_i].argv[i]);
	code = command_main(&ctl, argv);
	(void)fclose(ctl.out);
	(void)fclose(ctl.err);
	ck_assert_msg(code == lines[_i].code, "%d: %s%s", code, out, err);
	ck_assert_msg(strstr(out, lines[_i].out) != NULL, "%s", out);
	ck_assert_msg(strstr(err, lines[_i].err) != NULL, "%s", err);
	ck_assert_int_eq(out[0] == '\0', lines[_i].out[0] == '\0');
	ck_assert_int_eq(err[0] == '\0', lines[_i].err[0] == '\0');
	for (size_t i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	free(ctl.socket);
	free(out);
	free(err);
}
END_TEST

/* ---- commands that ask posternd ------------------------------------------
 */

/* One that gives one answer, and keeps what it was asked. */
struct peer {
	char dir[32];
	char path[64];
	char answer[1024];
	char request[2048];
	int fd;
	pthread_t thread;
};

static void *
peer_serve(void *arg)
{
	struct peer *p = arg;
	int fd = accept(p->fd, NULL, NULL);
	size_t len = 0;
	ssize_t n = 1;

	/* the bodies sent here are flat, or there is none */
	while (fd >= 0 && n > 0 && strchr(p->request, '}') == NULL &&
	       (strncmp(p->request, "GET", 3) != 0 ||
		   strstr(p->request, "\r\n\r\n") == NULL)) {
		n = read(fd, p->request + len, sizeof(p->request) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0 && n > 0)
		(void)!write(fd, p->answer, strlen(p->answer));
	if (fd >= 0)
		(void)close(fd);
	return NULL;
}

static void
peer_start(struct peer *p, int status, const char *body)
{
	*p = (struct peer){.dir = "/tmp/check_ctl.XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/sock", p->dir);
	(void)snprintf(p->answer, sizeof(p->answer),
	    "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    status, strlen(body), body);
	ck_assert_int_eq(socket_listen(p->path, 0600, &p->fd), 0);
	ck_assert_int_eq(pthread_create(&p->thread, NULL, peer_serve, p), 0);
}

static void
peer_stop(struct peer *p)
{
	(void)shutdown(p->fd, SHUT_RDWR);
	(void)pthread_join(p->thread, NULL);
	(void)close(p->fd);
	(void)unlink(p->path);
	(void)rmdir(p->dir);
}

/* The exit code of COMMAND, words apart by blanks, asked of P. */
static int
ask_peer(const struct peer *p, const char *command, FILE *out, char **err_r)
{
	char words[128], socket[80];
	char *argv[12] = {(char[]){"posternctl"}, (char[]){"--socket"}, socket};
	size_t len;
	struct ctl ctl = {
	    .in = stdin, .out = out, .err = open_memstream(err_r, &len)};
	char *at = words;
	int code;

	(void)snprintf(words, sizeof(words), "%s", command);
	(void)snprintf(socket, sizeof(socket), "%s", p->path);
	for (size_t n = 3; at != NULL; n++)
		argv[n] = strsep(&at, " ");
	code = command_main(&ctl, argv);
	(void)fclose(ctl.err);
	free(ctl.socket);
	return code;
}

#define CODE_REPLY                                                             \
	"{\"code\":\"abcd-efgh-2345\",\"expires_at\":"                         \
	"\"2026-12-05T02:00:00.000Z\",\"mail\":true}"

static const struct {
	const char *command;
	int status;
	const char *reply;
	int code;
	const char *asked[2]; /* how the request begins, and ends */
	const char *out;      /* all of it */
	const char *err;      /* some of it; "": nothing */
} codes[] = {
    {"participant code c1", 201, CODE_REPLY, EX_OK,
	{"POST /v1/admin/participants/c1/enrolment HTTP", "{\"reset\":false}"},
	"abcd-efgh-2345\n", ""},
    {"participant code --reset c/1?", 201, CODE_REPLY, EX_OK,
	{"POST /v1/admin/participants/c%2F1%3F/enrolment HTTP",
	    "{\"reset\":true}"},
	"abcd-efgh-2345\n", ""},
    {"participant code c1", 201, "{\"code\":\"\\u001b[2J\"}", EX_OK,
	{"POST ", "}"}, "\\x1b[2J\n", ""},
    {"participant code c1 --json", 201, "{\"code\":\"x\"}", EX_OK,
	{"POST ", "}"}, "{\n  \"code\": \"x\"\n}\n", ""},
    {"participant code c1", 409,
	"{\"status\":409,\"detail\":\"this account is in use\"}", EX_DATAERR,
	{"POST ", "}"}, "",
	"posternctl: this account is in use (409)\nWith --reset they start "
	"again"},
    {"participant code c1", 422,
	"{\"status\":422,\"detail\":\"has none\",\"field\":\"addresses\"}",
	EX_DATAERR, {"POST ", "}"}, "",
	"posternctl: addresses: has none (422)\nThe other half, a link, goes "
	"by e-mail"},
    {"participant code c1", 404, "{\"status\":404,\"title\":\"absent\"}",
	EX_DATAERR, {"POST ", "}"}, "", "posternctl: absent (404)\n"},
    {"participant picture c1 --remove", 200, "{\"picture\":null}", EX_OK,
	{"PUT /v1/admin/participants/c1/picture HTTP", "{\"image\":null}"},
	"taken away\n", ""},
    {"attachments", 200,
	"{\"items\":["
	"{\"id\":\"a1\",\"thread\":\"t1\",\"state\":\"pending\","
	"\"since\":\"2026-12-05T02:00:00.000Z\",\"reason\":\"exceeded\"},"
	"{\"id\":\"a2\",\"thread\":\"t2\",\"state\":\"infected\","
	"\"since\":\"2026-12-05T03:00:00.000Z\",\"reason\":null}],"
	"\"next\":null}",
	EX_OK, {"GET /v1/admin/attachments?limit=100 HTTP", "\r\n"},
	"ID  THREAD  STATE     SINCE                     REASON\n"
	"a1  t1      pending   2026-12-05T02:00:00.000Z  exceeded\n"
	"a2  t2      infected  2026-12-05T03:00:00.000Z  -\n",
	""},
    {"participant list", 200,
	"{\"items\":["
	"{\"id\":\"i1\",\"external_id\":\"c1\",\"role\":\"client\","
	"\"name\":\"Ada\",\"active\":true,\"account\":\"invited\","
	"\"addresses\":1},"
	"{\"id\":\"i2\",\"external_id\":\"s1\",\"role\":\"staff\","
	"\"name\":\"Bo\",\"active\":false,\"account\":\"active\","
	"\"addresses\":0}],\"next\":null}",
	EX_OK, {"GET /v1/admin/participants?limit=100 HTTP", "\r\n"},
	"ID  ROLE    STATE     ACCOUNT  ADDRESSES  EXTERNAL ID  NAME\n"
	"i1  client  active    invited  1          c1           Ada\n"
	"i2  staff   disabled  active   0          s1           Bo\n",
	""},
};

START_TEST(codes_and_accounts)
{
	char *out = NULL, *err = NULL;
	size_t len;
	FILE *stream = open_memstream(&out, &len);
	struct peer p;
	const char *asked;
	int code;

	peer_start(&p, codes[_i].status, codes[_i].reply);
	code = ask_peer(&p, codes[_i].command, stream, &err);
	peer_stop(&p);
	(void)fclose(stream);
	ck_assert_msg(code == codes[_i].code, "%d: %s", code, err);
	ck_assert_str_eq(out, codes[_i].out);
	ck_assert_msg(
	    strncmp(err, codes[_i].err, strlen(codes[_i].err)) == 0, "%s", err);
	ck_assert_int_eq(err[0] == '\0', codes[_i].err[0] == '\0');
	asked = codes[_i].asked[0];
	ck_assert_msg(
	    strncmp(p.request, asked, strlen(asked)) == 0, "%s", p.request);
	asked = codes[_i].asked[1];
	ck_assert_msg(strlen(p.request) > strlen(asked) &&
			  strcmp(p.request + strlen(p.request) - strlen(asked),
			      asked) == 0,
	    "%s", p.request);
	free(out);
	free(err);
}
END_TEST

/* Somebody who reads the code off a screen is told what to do with it. */
START_TEST(a_code_on_a_terminal_is_explained)
{
	int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char shown[1024] = "";
	char *err = NULL;
	struct peer p;
	FILE *terminal;

	ck_assert_int_eq(grantpt(ours), 0);
	ck_assert_int_eq(unlockpt(ours), 0);
	terminal = fopen(ptsname(ours), "we");
	ck_assert_ptr_nonnull(terminal);
	peer_start(&p, 201, CODE_REPLY);
	ck_assert_int_eq(
	    ask_peer(&p, "participant code c1", terminal, &err), EX_OK);
	peer_stop(&p);
	ck_assert_int_eq(fflush(terminal), 0);
	ck_assert_int_gt(read(ours, shown, sizeof(shown) - 1), 0);
	ck_assert_msg(
	    strncmp(shown, "abcd-efgh-2345\r\n", 16) == 0, "%s", shown);
	ck_assert_ptr_nonnull(strstr(shown, "in person or by telephone"));
	ck_assert_ptr_nonnull(strstr(shown, "2026-12-05T02:00:00.000Z"));
	(void)fclose(terminal);
	(void)close(ours);
	free(err);
}
END_TEST

/* What posternctl check-config says to standard error about CONFIG. */
static char *
config_errors(const char *config, int code)
{
	char file[] = "/tmp/check_ctl.XXXXXX";
	int fd = mkstemp(file);
	char *argv[] = {(char[]){"posternctl"}, (char[]){"check-config"},
	    (char[]){"--quiet"}, (char[]){"--file"}, file, NULL};
	char *err = NULL;
	size_t len;
	struct ctl ctl = {
	    .in = stdin, .out = stdout, .err = open_memstream(&err, &len)};

	ck_assert_int_eq(
	    write(fd, config, strlen(config)), (ssize_t)strlen(config));
	(void)close(fd);
	ck_assert_int_eq(command_main(&ctl, argv), code);
	(void)fclose(ctl.err);
	(void)unlink(file);
	return err;
}

static const struct {
	const char *config;
	const char *err;
} users[] = {
    {"[sockets]\nweb-user = 0\n[frontend a]\nuser = daemon\n", ""},
    {"[sockets]\nweb-user =\nbridge-user = root\nadmin-user = root\n", ""},
    {"[sockets]\nweb-user = root\n[frontend a]\nuser = 0\n",
	": frontend a.user: expected a user of its own, found \"0\", that of "
	"sockets.web-user\n"},
    {"[sockets]\nweb-user =\n[frontend a]\nuser = 0\n"
     "[frontend b]\nuser = root\n",
	": frontend b.user: expected a user of its own, found \"root\", that "
	"of frontend a.user\n"},
    {"[sockets]\nweb-user = no-such\n",
	": sockets.web-user: expected a user of this machine, found "
	"\"no-such\"\n"},
    {"[sockets]\nweb-user =\n[frontend a]\nuser = no-such\n",
	": frontend a.user: expected a user of this machine, found "
	"\"no-such\"\n"},
};

START_TEST(users_of_this_machine)
{
	char *err = config_errors(
	    users[_i].config, users[_i].err[0] == '\0' ? EX_OK : EX_CONFIG);

	ck_assert_msg(strstr(err, users[_i].err) != NULL, "%s", err);
	ck_assert_int_eq(err[0] == '\0', users[_i].err[0] == '\0');
	free(err);
}
END_TEST

/* posternctl portal-words of CONFIG, into FILE unless NULL; its exit code. */
static int
run_words(const char *config, const char *file, char **out_r, char **err_r)
{
	char conf[] = "/tmp/check_ctl.XXXXXX";
	int fd = mkstemp(conf);
	char *argv[] = {(char[]){"posternctl"}, (char[]){"--config"}, conf,
	    (char[]){"portal-words"}, (char[]){"--output"}, NULL, NULL};
	size_t out_len, err_len;
	struct ctl ctl = {.in = stdin,
	    .out = open_memstream(out_r, &out_len),
	    .err = open_memstream(err_r, &err_len)};
	int code;

	ck_assert_int_eq(
	    write(fd, config, strlen(config)), (ssize_t)strlen(config));
	(void)close(fd);
	argv[5] = file == NULL ? NULL : strdup(file);
	if (file == NULL)
		argv[4] = NULL;
	code = command_main(&ctl, argv);
	free(argv[5]);
	(void)fclose(ctl.out);
	(void)fclose(ctl.err);
	(void)unlink(conf);
	return code;
}

static void
read_file(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "re");

	ck_assert_ptr_nonnull(f);
	text[fread(text, 1, size - 1, f)] = '\0';
	(void)fclose(f);
}

START_TEST(portal_words_are_one_line_of_json)
{
	json_auto json_t *j = NULL;
	char *out = NULL, *err = NULL;

	ck_assert_int_eq(
	    run_words("[practice]\nname = Lakeside\n", NULL, &out, &err), 0);
	ck_assert_str_eq(err, "");
	ck_assert_ptr_eq(strchr(out, '\n'), out + strlen(out) - 1);
	j = json_loads(out, 0, NULL);
	ck_assert_ptr_nonnull(j);
	ck_assert_str_eq(json_string_value(json_object_get(
			     json_object_get(j, "practice"), "name")),
	    "Lakeside");
	free(out);
	free(err);
}
END_TEST

/* Whatever the umask is, and whatever stood there. */
START_TEST(portal_words_replace_their_file)
{
	char dir[] = "/tmp/check_ctl.XXXXXX";
	char path[64], text[4096], again[4096];
	char *out = NULL, *err = NULL;
	struct stat st;
	DIR *d;
	int n = 0;
	FILE *old;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/practice.json", dir);
	(void)umask(077);
	ck_assert_int_eq(run_words("", path, &out, &err), 0);
	ck_assert_str_eq(out, "");
	ck_assert_str_eq(err, "");
	free(out);
	free(err);
	read_file(path, text, sizeof(text));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0644);

	/* a reader keeps the old one; a bad configuration changes nothing */
	old = fopen(path, "re");
	ck_assert_int_eq(
	    run_words("[practice]\nphone = 555\n", path, &out, &err), 0);
	free(out);
	free(err);
	again[fread(again, 1, sizeof(again) - 1, old)] = '\0';
	(void)fclose(old);
	ck_assert_str_eq(again, text);
	read_file(path, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\"phone\":\"555\""));
	ck_assert_int_eq(
	    run_words("[practice]\nfon = 5\n", path, &out, &err), EX_CONFIG);
	free(out);
	free(err);
	read_file(path, again, sizeof(again));
	ck_assert_str_eq(again, text);

	d = opendir(dir);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	ck_assert_int_eq(n, 3); /* with . and .. */
	ck_assert_int_eq(run_words("", dir, &out, &err), EX_IOERR);
	ck_assert_ptr_nonnull(strstr(err, "Is a directory"));
	free(out);
	free(err);
	(void)unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_int_eq(run_words("", path, &out, &err), EX_IOERR);
	ck_assert_ptr_nonnull(strstr(err, "No such file"));
	free(out);
	free(err);
}
END_TEST

START_TEST(operands_and_options_mix)
{
	char *argv[] = {(char[]){"relate"}, (char[]){"c"}, (char[]){"--end"},
	    (char[]){"p"}, (char[]){"--"}, (char[]){"--json"}, NULL};
	struct args a = {0};
	char error[ARGS_ERROR_LEN];

	ck_assert_int_eq(
	    args_parse(&a, ARG_BIT(ARG_END), false, argv, error), 0);
	ck_assert_uint_eq(a.n_words, 3);
	ck_assert_str_eq(a.words[1], "p");
	ck_assert_str_eq(a.words[2], "--json");
	ck_assert(args_given(&a, ARG_END));
	ck_assert(!args_given(&a, ARG_JSON));
}
END_TEST

START_TEST(addresses_have_a_ceiling)
{
	char address[] = "--address=a@b";
	char *argv[ARGS_ADDRESSES_MAX + 3] = {(char[]){"x"}};
	struct args a = {0}, b = {0};
	char error[ARGS_ERROR_LEN];

	for (size_t i = 0; i < ARGS_ADDRESSES_MAX; i++)
		argv[i + 1] = address;
	ck_assert_int_eq(
	    args_parse(&a, ARG_BIT(ARG_ADDRESS), false, argv, error), 0);
	ck_assert_uint_eq(a.n_addresses, ARGS_ADDRESSES_MAX);
	argv[ARGS_ADDRESSES_MAX + 1] = address;
	ck_assert_int_eq(
	    args_parse(&b, ARG_BIT(ARG_ADDRESS), false, argv, error),
	    ARGS_WRONG);
}
END_TEST

START_TEST(tables_line_up_and_are_harmless)
{
	static const char *const heads[] = {"A", "B", "NAME", NULL};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	table_auto struct table *t = table_new(heads);

	table_add(t, "M\xc3\xbcller");
	table_addf(t, "%d", 7);
	table_add(t, "\x1b]0;x\a");
	table_add(t, "longer cell");
	table_add(t, NULL);
	table_add(t, "");
	ck_assert_int_eq(table_print(t, out), 0);
	(void)fclose(out);
	ck_assert_str_eq(text, "A            B  NAME\n"
			       "M\xc3\xbcller       7  \\x1b]0;x\\x07\n"
			       "longer cell  -  -\n");
	free(text);
}
END_TEST

static const struct {
	int64_t bytes;
	const char *text;
} sizes[] = {
    {0, "0 bytes"},
    {1023, "1023 bytes"},
    {1024, "1.0 KiB"},
    {1048575, "1.0 MiB"},
    {INT64_C(64) << 30, "64.0 GiB"},
    {INT64_MAX, "8.0 EiB"},
};

START_TEST(sizes_for_people)
{
	char text[STATUS_SIZE_LEN];

	status_size(sizes[_i].bytes, text);
	ck_assert_str_eq(text, sizes[_i].text);
}
END_TEST

static const struct {
	const char *text;
	const char *segment;
} segments[] = {
    {"abc-9_~", "abc-9_~"},
    {"a/b?c#d %", "a%2Fb%3Fc%23d%20%25"},
    {"..", "%2E%2E"},
    {"\xc3\xbc", "%C3%BC"},
};

START_TEST(ids_cannot_leave_their_segment)
{
	char *segment = daemon_path_segment(segments[_i].text);

	ck_assert_str_eq(segment, segments[_i].segment);
	free(segment);
}
END_TEST

static const struct {
	const char *input;
	int code;
	const char *passphrase;
} asks[] = {
    {"correct horse battery\n", 0, "correct horse battery"},
    {"no newline at the end", 0, "no newline at the end"},
    {" kept as it is \nnot this\n", 0, " kept as it is "},
    {"", ASK_NOTHING, ""},
    {"\n", ASK_NOTHING, ""},
    {NULL, ASK_TOO_LONG, ""},
};

START_TEST(passphrases_come_from_standard_input)
{
	secret_auto struct secret s = {0};
	char longest[ASK_LEN_MAX + 2];
	const char *input = asks[_i].input;
	FILE *in;
	int fd[2];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	input = input == NULL ? longest : input;
	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(
	    write(fd[1], input, strlen(input)), (ssize_t)strlen(input));
	(void)close(fd[1]);
	in = fdopen(fd[0], "re");
	ck_assert_int_eq(ask_passphrase(in, stderr, &s), asks[_i].code);
	ck_assert_str_eq(secret_text(&s), asks[_i].passphrase);
	(void)fclose(in);
}
END_TEST

#define HUNDRED_MIB (INT64_C(100) << 20)

static const struct {
	const char *text;
	int code;
	const char *directory;
	int64_t file_max;
} clamd_configs[] = {
    {"", 0, "/tmp", HUNDRED_MIB},
    {"TemporaryDirectory /run/clamav-scan\nMaxFileSize 25M\n", 0,
	"/run/clamav-scan", 25 << 20},
    {"# TemporaryDirectory /no\n#MaxFileSize 1\nTemporaryDirectories /no\n"
     "LogFile TemporaryDirectory /no\ntemporarydirectory /no\n",
	0, "/tmp", HUNDRED_MIB},
    /* as clamd takes them: the first one, blanks and quotes taken off */
    {"TemporaryDirectory\t\"/a b\" \r\nTemporaryDirectory /c\n", 0, "/a b",
	HUNDRED_MIB},
    {"TemporaryDirectory /a # b  ", 0, "/a # b", HUNDRED_MIB},
    {"MaxFileSize 1024k\nMaxFileSize 0\n", 0, "/tmp", 1 << 20},
    {"MaxFileSize 0\n", 0, "/tmp", INT64_MAX},
    {"MaxFileSize 5\n", 0, "/tmp", 5},
    {"MaxFileSize 5G\n", -EINVAL, NULL, 0},
    {"MaxFileSize -1\n", -EINVAL, NULL, 0},
    {"MaxFileSize 99999999999999999999\n", -EINVAL, NULL, 0},
    {"MaxFileSize\n", -EINVAL, NULL, 0},
    {"TemporaryDirectory tmp\n", -EINVAL, NULL, 0},
    {"TemporaryDirectory\n", -EINVAL, NULL, 0},
};

START_TEST(clamd_configs_are_read_as_clamd_does)
{
	char text[256];
	struct clamav c;
	FILE *f;

	(void)snprintf(text, sizeof(text), "%s", clamd_configs[_i].text);
	f = fmemopen(text, strlen(text) + 1, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(clamav_read(f, &c), clamd_configs[_i].code);
	(void)fclose(f);
	if (clamd_configs[_i].code != 0)
		return;
	ck_assert_str_eq(c.directory, clamd_configs[_i].directory);
	ck_assert_int_eq(c.file_max, clamd_configs[_i].file_max);
}
END_TEST

static char *
clamav_words(const char *config)
{
	char file[] = "/tmp/check_ctl.XXXXXX";
	int fd = mkstemp(file);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(
	    write(fd, config, strlen(config)), (ssize_t)strlen(config));
	(void)close(fd);
	clamav_check(out, file);
	(void)unlink(file);
	(void)fclose(out);
	return text;
}

/* /dev/shm is a tmpfs wherever there is shm_open(3), /proc never is one. */
START_TEST(where_clamd_unpacks_is_looked_at)
{
	char *text = clamav_words("TemporaryDirectory /dev/shm\n");

	ck_assert_str_eq(text, "");
	free(text);
	text = clamav_words("TemporaryDirectory /proc\nMaxFileSize 99M\n");
	ck_assert_ptr_nonnull(strstr(text, " to /proc, which is on a disk"));
	ck_assert_ptr_nonnull(strstr(text, "\n  clamd passes over what is"));
	free(text);
	text = clamav_words("TemporaryDirectory /nonexistent\n");
	ck_assert_ptr_nonnull(strstr(text, "cannot be seen: No such file"));
	free(text);
	text = clamav_words("MaxFileSize x\n");
	ck_assert_ptr_nonnull(strstr(text, "cannot be read: /tmp/check_ctl"));
	free(text);
}
END_TEST

#define STATUS_REPLY(scanner)                                                    \
	"{\"version\":\"1\",\"state\":\"ok\",\"reasons\":[\"scanner-lenient\"]," \
	"\"attachments\":{\"pending\":2,\"withheld\":1,\"oldest_at\":\"then\"}," \
	"\"scanner\":" scanner "}"

START_TEST(status_tells_of_the_scanner)
{
	static const char *const wanted[] = {
	    "  scanner-lenient: files are held back: clamd would call clean",
	    "  clamd's configuration cannot be read: /nonexistent: No such",
	    "\nfiles   2 pending, 1 withheld; oldest of then\n",
	    "\nscanner lenient since now, ClamAV \\x1b[2J\n"};
	char *out = NULL, *err = NULL;
	size_t len;
	FILE *stream = open_memstream(&out, &len);
	struct peer p;

	peer_start(&p, 200,
	    STATUS_REPLY("{\"state\":\"lenient\",\"since\":\"now\","
			 "\"version\":\"ClamAV \\u001b[2J\"}"));
	ck_assert_int_eq(
	    ask_peer(&p, "status --clamd-config /nonexistent", stream, &err),
	    EX_OK);
	peer_stop(&p);
	(void)fclose(stream);
	for (size_t i = 0; i < PN_ARRAY_LEN(wanted); i++)
		ck_assert_msg(strstr(out, wanted[i]) != NULL, "%s", out);
	free(err);
	free(out);

	stream = open_memstream(&out, &len);
	peer_start(&p, 200, STATUS_REPLY("null"));
	ck_assert_int_eq(
	    ask_peer(&p, "status --clamd-config /nonexistent", stream, &err),
	    EX_OK);
	peer_stop(&p);
	(void)fclose(stream);
	ck_assert_ptr_nonnull(strstr(out, "\nscanner none\n"));
	ck_assert_ptr_null(strstr(out, "clamd's configuration"));
	free(err);
	free(out);
}
END_TEST

static void
print_for_postfix(FILE *out, const struct settings *s)
{
	postfix_print(out, s, "/var/spool/postfix");
}

/* What PRINT says for CONFIG. */
static char *
config_text(
    const char *config, void (*print)(FILE *out, const struct settings *s))
{
	settings_auto struct settings *s = NULL;
	settings_errors_auto struct settings_errors errors = {0};
	char file[] = "/tmp/check_ctl.XXXXXX";
	int fd = mkstemp(file);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(
	    write(fd, config, strlen(config)), (ssize_t)strlen(config));
	(void)close(fd);
	ck_assert_int_eq(settings_load(file, &s, &errors), 0);
	(void)unlink(file);
	print(out, s);
	(void)fclose(out);
	return text;
}

static char *
postfix_text(const char *config)
{
	return config_text(config, print_for_postfix);
}

START_TEST(postfix_lines_follow_the_settings)
{
	char *text = postfix_text("");

	ck_assert_ptr_nonnull(
	    strstr(text, "\nrelay_domains = reply.practice.example\n"
			 "transport_maps = inline:{ { reply.practice.example = "
			 "lmtp:unix:private/postern } }\n"));
	ck_assert_ptr_nonnull(strstr(text, "cannot see /run/postern"));
	ck_assert_ptr_nonnull(strstr(text, "#message_size_limit"));
	ck_assert_ptr_null(strstr(text, "recipient_delimiter"));
	free(text);

	text = postfix_text(
	    "[mail]\naddress-style = plus\nmailbox = port.al@p.example\n"
	    "[sockets]\nlmtp = /var/spool/postfix/x/sock\n"
	    "[limits]\ninbound-bytes = 1M\n");
	ck_assert_ptr_nonnull(strstr(text,
	    "/^port\\.al\\+[rb]-[a-z2-7]+@p\\.example$/ lmtp:unix:x/sock\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nrecipient_delimiter = +\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nmessage_size_limit = 983040\n"));
	ck_assert_ptr_null(strstr(text, "relay_domains"));
	ck_assert_ptr_null(strstr(text, "systemd"));
	free(text);
}
END_TEST

#define FIXED(address)                                                         \
	"[mail]\nenvelope-sender = fixed\nfixed-sender = " address "\n"

/* What is not said is as telling: it would lose mail. */
static const struct {
	const char *config;
	const char *postfix;
	const char *exim;
	const char *neither;
} senders[] = {
    {"", "\ntransport_maps = ", "!\\N^(?i)([rb]-[a-z2-7]+)$\\N\n",
	"fixed-sender"},
    {FIXED("no.tes@reply.practice.example"),
	"\n# Nothing more is needed for them",
	"!\\N^(?i)([rb]-[a-z2-7]+|no\\.tes)$\\N\n", "watched"},
    {FIXED("notes@practice.example"),
	"\n#\tinline:{ { notes@practice.example = "
	"lmtp:unix:private/postern } }\n",
	"\n#\tdomains = practice.example\n#\tlocal_parts = notes\n",
	"Do not lead"},
    {FIXED("notes@practice.example") "address-style = plus\n"
				     "mailbox = notes@practice.example\n",
	"\n# Do not lead that mailbox here", "\n# Do not lead that mailbox",
	"# If it is used"},
    {FIXED("Portal@practice.example"), "\n# Do not lead that mailbox here",
	"\n# Do not lead that mailbox", "# If it is used"},
};

START_TEST(a_fixed_sender_is_led_here)
{
	char *text = postfix_text(senders[_i].config);

	ck_assert_msg(strstr(text, senders[_i].postfix) != NULL, "%s", text);
	ck_assert_msg(strstr(text, senders[_i].neither) == NULL, "%s", text);
	free(text);
	text = config_text(senders[_i].config, exim_print);
	ck_assert_msg(strstr(text, senders[_i].exim) != NULL, "%s", text);
	ck_assert_msg(strstr(text, senders[_i].neither) == NULL, "%s", text);
	free(text);
}
END_TEST

START_TEST(tcp_lines_follow_the_settings)
{
	char *text = config_text("", exim_print);

	ck_assert_ptr_nonnull(strstr(text, "\n  port = 8024\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n  route_list = * \"127.0.0.1\""));
	ck_assert_ptr_nonnull(strstr(text, "enable --now postern-bridge-lmtp"));
	free(text);
	text = config_text("[sockets]\nlmtp-tcp = [::1]:99\n", exim_print);
	ck_assert_ptr_nonnull(strstr(text, "\n  port = 99\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n  route_list = * \"<+ ::1\""));
	ck_assert_ptr_null(strstr(text, "systemctl enable"));
	free(text);
	text = config_text("[sockets]\nlmtp-tcp = [::1]:99\n", dovecot_print);
	ck_assert_ptr_nonnull(strstr(text, "host=::1 port=99\n"));
	ck_assert_ptr_null(strstr(text, "sieve"));
	free(text);
	text = config_text("[mail]\naddress-style = plus\n"
			   "mailbox = port.al@p.example\n",
	    dovecot_print);
	ck_assert_ptr_nonnull(strstr(
	    text, "[\"port.al+r-*@p.example\", \"port.al+b-*@p.example\"]"));
	ck_assert_ptr_null(strstr(text, "passdb"));
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl");
	TCase *t = tcase_create("ctl");

	tcase_add_loop_test(t, command_lines, 0, (int)PN_ARRAY_LEN(lines));
	tcase_add_loop_test(
	    t, users_of_this_machine, 0, (int)PN_ARRAY_LEN(users));
	tcase_add_loop_test(t, codes_and_accounts, 0, (int)PN_ARRAY_LEN(codes));
	tcase_add_test(t, a_code_on_a_terminal_is_explained);
	tcase_add_test(t, portal_words_are_one_line_of_json);
	tcase_add_test(t, portal_words_replace_their_file);
	tcase_add_test(t, operands_and_options_mix);
	tcase_add_test(t, addresses_have_a_ceiling);
	tcase_add_test(t, tables_line_up_and_are_harmless);
	tcase_add_loop_test(t, sizes_for_people, 0, (int)PN_ARRAY_LEN(sizes));
	tcase_add_loop_test(
	    t, ids_cannot_leave_their_segment, 0, (int)PN_ARRAY_LEN(segments));
	tcase_add_loop_test(t, passphrases_come_from_standard_input, 0,
	    (int)PN_ARRAY_LEN(asks));
	tcase_add_loop_test(t, clamd_configs_are_read_as_clamd_does, 0,
	    (int)PN_ARRAY_LEN(clamd_configs));
	tcase_add_test(t, where_clamd_unpacks_is_looked_at);
	tcase_add_test(t, status_tells_of_the_scanner);
	tcase_add_test(t, postfix_lines_follow_the_settings);
	tcase_add_test(t, tcp_lines_follow_the_settings);
	tcase_add_loop_test(
	    t, a_fixed_sender_is_led_here, 0, (int)PN_ARRAY_LEN(senders));
	suite_add_tcase(s, t);
	return run_suite(s);
}
