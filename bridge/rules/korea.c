/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Naver, Daum (Kakao), Nate, and Korean servers.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_SUBJECT, "메일 발송 실패", "bounce-hard-korea-01.eml"},
    {SIGN_SUBJECT, "반송", "bounce-soft-korea-02.eml"},
    {SIGN_SUBJECT, "배달되지 않", "bounce-hard-korea-03.eml"},
    {SIGN_SUBJECT, "전송 실패", "bounce-soft-korea-04.eml"},
    {SIGN_SUBJECT, "배달 실패", "bounce-hard-korea-05.eml"},
    {SIGN_SUBJECT, "발송 실패", "bounce-soft-korea-06.eml"},
    {SIGN_TEXT, "메일이 반송되었습니다", "bounce-soft-korea-07.eml"},
    {SIGN_TEXT, "전송되지 못했습니다", "bounce-soft-korea-08.eml"},
    {SIGN_TEXT, "메일을 전송할 수 없", "bounce-hard-korea-09.eml"},
    {SIGN_OPENING, "다음 받는 사람 또는 그룹에 배달하지 못했습니다",
	"bounce-soft-korea-10.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"존재하지 않는", PHRASE_NO_USER, "bounce-hard-korea-01.eml", NULL},
    {"사용자를 찾을 수 없", PHRASE_NO_USER, "bounce-hard-korea-01.eml", NULL},
    {"수신자를 찾을 수 없", PHRASE_NO_USER, "bounce-hard-korea-03.eml", NULL},
    {"없는 계정", PHRASE_NO_USER, "bounce-hard-korea-03.eml", NULL},
    {"account not exists", PHRASE_NO_USER, "bounce-hard-korea-05.eml", NULL},
    {"용량 초과", PHRASE_ALIVE, "bounce-soft-korea-02.eml", NULL},
    {"용량이 초과", PHRASE_ALIVE, "bounce-soft-korea-02.eml", NULL},
    {"편지함이 가득", PHRASE_ALIVE, "bounce-soft-korea-04.eml", NULL},
    {"휴면", PHRASE_ALIVE, "bounce-soft-korea-04.eml", NULL},
    {"수신 거부", PHRASE_SOFT, "bounce-soft-korea-06.eml", NULL},
    {"수신거부", PHRASE_SOFT, "bounce-soft-korea-06.eml", NULL},
    {"스팸", PHRASE_SOFT, "bounce-soft-korea-07.eml", NULL},
    {"용량을 초과", PHRASE_ALIVE, "bounce-soft-korea-12.eml", NULL},
    {"용량이 가득", PHRASE_ALIVE, "bounce-soft-korea-12.eml", NULL},
    {"사용이 중지", PHRASE_ALIVE, "bounce-soft-korea-12.eml", NULL},
    {"보낸 사람", PHRASE_SOFT, "bounce-soft-korea-14.eml", NULL},
    {"발신자", PHRASE_SOFT, "bounce-soft-korea-14.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_korea = {
    .id = "korea",
    .signs = signs,
    .phrases = phrases,
};
