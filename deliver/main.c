/* SPDX-License-Identifier: Apache-2.0 */

#include "deliver/deliver.h"

int
main(int argc, char **argv)
{
	return deliver_main(argc, argv);
}
