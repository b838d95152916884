/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/bridge.h"

int
main(int argc, char **argv)
{
	return bridge_main(argc, argv);
}
