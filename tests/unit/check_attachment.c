/* SPDX-License-Identifier: Apache-2.0 */

#include <sodium.h>
#include "store/record.h"
#include "store/stamp.h"
#include "tests/unit/row.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_attachment.h"
#include "tests/unit/temp_thread.h"
int main(void){return 0;}
