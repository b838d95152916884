/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/posternd.h"

int
main(int argc, char **argv)
{
	return posternd_main(argc, argv);
}
