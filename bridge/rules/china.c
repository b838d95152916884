/* SPDX-License-Identifier: Apache-2.0 */

/*
 * QQ, 163 and 126 (Coremail), Sina, Aliyun, HiNet, and Chinese servers.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_SUBJECT, "系统退信", "bounce-hard-china-01.eml"},
    {SIGN_SUBJECT, "退信", "bounce-soft-china-02.eml"},
    {SIGN_SUBJECT, "无法投递", "bounce-hard-china-03.eml"},
    {SIGN_SUBJECT, "投递失败", "bounce-soft-china-04.eml"},
    {SIGN_SUBJECT, "未送达", "bounce-hard-china-05.eml"},
    {SIGN_SUBJECT, "無法傳遞", "bounce-soft-china-06.eml"},
    {SIGN_SUBJECT, "無法投遞", "bounce-hard-china-07.eml"},
    {SIGN_SUBJECT, "傳遞失敗", "bounce-soft-china-08.eml"},
    {SIGN_SUBJECT, "邮件发送失败", "bounce-hard-china-09.eml"},
    {SIGN_SUBJECT, "寄送失敗", "bounce-soft-china-10.eml"},
    {SIGN_TEXT, "很抱歉,您的邮件", "bounce-hard-china-11.eml"},
    {SIGN_TEXT, "很抱歉，您的邮件", "bounce-hard-china-19.eml"},
    {SIGN_TEXT, "很抱歉您发送的邮件被退回", "bounce-soft-china-12.eml"},
    {SIGN_TEXT, "您发送的邮件被退回", "bounce-hard-china-13.eml"},
    {SIGN_TEXT, "您的邮件被退回", "bounce-soft-china-14.eml"},
    {SIGN_TEXT, "邮件无法送达", "bounce-hard-china-15.eml"},
    {SIGN_TEXT, "您發送的郵件", "bounce-soft-china-16.eml"},
    {SIGN_TEXT, "無法傳遞給下列收件者", "bounce-hard-china-17.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"收件人不存在", PHRASE_NO_USER, "bounce-hard-china-01.eml", NULL},
    {"收件人邮件地址不存在", PHRASE_NO_USER, "bounce-hard-china-01.eml", NULL},
    {"用户不存在", PHRASE_NO_USER, "bounce-hard-china-03.eml", NULL},
    {"帐号不存在", PHRASE_NO_USER, "bounce-hard-china-03.eml", NULL},
    {"账号不存在", PHRASE_NO_USER, "bounce-hard-china-05.eml", NULL},
    {"邮箱不存在", PHRASE_NO_USER, "bounce-hard-china-05.eml", NULL},
    {"找不到收件人", PHRASE_NO_USER, "bounce-hard-china-07.eml", NULL},
    {"找不到电子邮件地址", PHRASE_NO_USER, "bounce-hard-china-15.eml", NULL},
    {"收件者不存在", PHRASE_NO_USER, "bounce-hard-china-07.eml", NULL},
    {"帳號不存在", PHRASE_NO_USER, "bounce-hard-china-17.eml", NULL},
    {"查無此帳號", PHRASE_NO_USER, "bounce-hard-china-17.eml", NULL},
    {"域名不存在", PHRASE_NO_DOMAIN, "bounce-hard-china-11.eml", NULL},
    {"邮箱已满", PHRASE_ALIVE, "bounce-soft-china-02.eml", NULL},
    {"邮箱空间不足", PHRASE_ALIVE, "bounce-soft-china-02.eml", NULL},
    {"容量不足", PHRASE_ALIVE, "bounce-soft-china-04.eml", NULL},
    {"信箱已滿", PHRASE_ALIVE, "bounce-soft-china-06.eml", NULL},
    {"邮箱被冻结", PHRASE_ALIVE, "bounce-soft-china-04.eml", NULL},
    {"垃圾邮件", PHRASE_SOFT, "bounce-soft-china-12.eml", NULL},
    {"被拒收", PHRASE_SOFT, "bounce-soft-china-08.eml", NULL},
    {"频率", PHRASE_SOFT, "bounce-soft-china-14.eml", NULL},
    {"connection frequency limited", PHRASE_SOFT, "bounce-soft-china-12.eml",
	NULL},
    {"ip frequency limited", PHRASE_SOFT, "bounce-soft-china-14.eml", NULL},
    {"空间已满", PHRASE_ALIVE, "bounce-soft-china-18.eml", NULL},
    {"被禁用", PHRASE_ALIVE, "bounce-soft-china-18.eml", NULL},
    {"冻结", PHRASE_ALIVE, "bounce-soft-china-18.eml", NULL},
    {"已停用", PHRASE_ALIVE, "bounce-soft-china-18.eml", NULL},
    {"空間已滿", PHRASE_ALIVE, "bounce-soft-china-18.eml", NULL},
    {"发件人地址", PHRASE_SOFT, "bounce-soft-china-20.eml", NULL},
    {"发件人域名", PHRASE_SOFT, "bounce-soft-china-20.eml", NULL},
    {"发件人不存在", PHRASE_SOFT, "bounce-soft-china-20.eml", NULL},
    {"寄件者", PHRASE_SOFT, "bounce-soft-china-20.eml", NULL},
    {"不存在，邮件无法送达", PHRASE_DEAD, "bounce-hard-china-21.eml", NULL},
    {"收件人邮箱地址不存在", PHRASE_NO_USER, "bounce-hard-china-21.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_china = {
    .id = "china",
    .signs = signs,
    .phrases = phrases,
};
