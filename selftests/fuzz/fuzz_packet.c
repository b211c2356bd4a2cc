// SPDX-License-Identifier: GPL-2.0-or-later
/* libFuzzer target: the grammar, held to the properties. */
#include <stdint.h>

#include "packet_properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct amanda_packet packet;

	check_packet((const char *)data, size, &packet);
	return 0;
}
