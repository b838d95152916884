/* SPDX-License-Identifier: Apache-2.0 */

/*
 * docomo, KDDI (au), SoftBank, NTT, Biglobe, Nifty, and Japanese servers.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_SUBJECT, "メールエラー通知", "bounce-hard-japan-01.eml"},
    {SIGN_SUBJECT, "配信できません", "bounce-soft-japan-02.eml"},
    {SIGN_SUBJECT, "配信エラー", "bounce-hard-japan-03.eml"},
    {SIGN_SUBJECT, "送信エラー", "bounce-soft-japan-04.eml"},
    {SIGN_SUBJECT, "配信不能", "bounce-hard-japan-05.eml"},
    {SIGN_SUBJECT, "未配信", "bounce-soft-japan-06.eml"},
    {SIGN_SUBJECT, "配達できません", "bounce-hard-japan-07.eml"},
    {SIGN_SUBJECT, "メールが届きません", "bounce-soft-japan-08.eml"},
    {SIGN_SUBJECT, "エラーメール", "bounce-hard-japan-09.eml"},
    {SIGN_TEXT, "送信できませんでした", "bounce-soft-japan-10.eml"},
    {SIGN_TEXT, "配信できませんでした", "bounce-hard-japan-11.eml"},
    {SIGN_TEXT, "配信することができませんでした", "bounce-soft-japan-12.eml"},
    {SIGN_TEXT, "could not be delivered to: <", "bounce-hard-japan-13.eml"},
    {SIGN_TEXT, "your mail sent on:", "bounce-soft-japan-14.eml"},
    {SIGN_OPENING, "次の受信者またはグループへの配信に失敗しました",
	"bounce-hard-japan-15.eml"},
    {SIGN_TEXT, "あて先不明", "bounce-soft-japan-16.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"ユーザが見つかりません", PHRASE_NO_USER, "bounce-hard-japan-01.eml",
	NULL},
    {"ユーザーが見つかりません", PHRASE_NO_USER, "bounce-hard-japan-01.eml",
	NULL},
    {"宛先不明", PHRASE_NO_USER, "bounce-hard-japan-03.eml", NULL},
    {"アドレスが見つかりません", PHRASE_NO_USER, "bounce-hard-japan-03.eml",
	NULL},
    {"存在しません", PHRASE_NO_USER, "bounce-hard-japan-05.eml", NULL},
    {"the user(s) account is unknown", PHRASE_NO_USER,
	"bounce-hard-japan-13.eml", NULL},
    {"recipient's address is invalid", PHRASE_NO_USER,
	"bounce-hard-japan-13.eml", NULL},
    {"ドメインが見つかりません", PHRASE_NO_DOMAIN, "bounce-hard-japan-07.eml",
	NULL},
    {"メールボックスが一杯", PHRASE_ALIVE, "bounce-soft-japan-02.eml", NULL},
    {"メールボックスがいっぱい", PHRASE_ALIVE, "bounce-soft-japan-02.eml",
	NULL},
    {"容量を超え", PHRASE_ALIVE, "bounce-soft-japan-04.eml", NULL},
    {"受信拒否", PHRASE_SOFT, "bounce-soft-japan-04.eml", NULL},
    {"the following recipients did not receive this message", PHRASE_SOFT,
	"bounce-soft-japan-14.eml", NULL},
    {"サイズが大き", PHRASE_SOFT, "bounce-soft-japan-06.eml", NULL},
    {"一時的", PHRASE_SOFT, "bounce-soft-japan-08.eml", NULL},
    {"満杯", PHRASE_ALIVE, "bounce-soft-japan-18.eml", NULL},
    {"容量が一杯", PHRASE_ALIVE, "bounce-soft-japan-18.eml", NULL},
    {"容量がいっぱい", PHRASE_ALIVE, "bounce-soft-japan-18.eml", NULL},
    {"容量オーバー", PHRASE_ALIVE, "bounce-soft-japan-18.eml", NULL},
    {"利用停止", PHRASE_ALIVE, "bounce-soft-japan-18.eml", NULL},
    {"送信者", PHRASE_SOFT, "bounce-soft-japan-20.eml", NULL},
    {"送信元", PHRASE_SOFT, "bounce-soft-japan-20.eml", NULL},
    {"差出人", PHRASE_SOFT, "bounce-soft-japan-20.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_japan = {
    .id = "japan",
    .signs = signs,
    .phrases = phrases,
};
