/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Attributes of the house.
 *
 * Error signs, everywhere in this tree: 0 is good; a negative errno is fatal
 * to the operation and forwarded unchanged; a positive code is documented in
 * the header of the function that returns it and must be handled.
 *
 * A local declared PN_CLEANUP(f) is released by f(&local) when its scope
 * ends; ownership is handed on by setting the local to NULL.
 */

#define PN_CLEANUP(fn) __attribute__((cleanup(fn)))
#define PN_NODISCARD __attribute__((warn_unused_result))
#define PN_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define PN_NORETURN __attribute__((noreturn))

#define PN_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
