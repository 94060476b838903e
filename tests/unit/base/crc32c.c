/*
 * crc32c: the vectors of RFC 3720, section B.4, and the processor's instruction compared with the
 * tables.
 */

#include <string.h>

#include "base/crc32c.h"
#include "unit/unit.h"

static void
vector(const void *data, size_t len, uint32_t want)
{
	CHECK(crc32c(0, data, len) == want);
	CHECK(crc32c_tables(0, data, len) == want);
}

static void
rfc3720(void)
{
	/* An iSCSI SCSI Read (10) Command PDU. */
	static const char command[48] = "\x01\xC0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
					"\x14\0\0\0\0\0\4\0\0\0\0\x14\0\0\0\x18"
					"\x28\0\0\0\0\0\0\0\2";
	unsigned char data[32];

	memset(data, 0, sizeof(data));
	vector(data, sizeof(data), 0x8A9136AA);
	memset(data, 0xFF, sizeof(data));
	vector(data, sizeof(data), 0x62A8AB43);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)i;
	vector(data, sizeof(data), 0x46DD794E);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(31 - i);
	vector(data, sizeof(data), 0x113FDB5C);
	vector(command, sizeof(command), 0xD9963A56);
	vector("123456789", 9, 0xE3069283); /* the usual check value of CRC catalogues */
	vector("", 0, 0);
}

int
main(void)
{
	static char room[20000];

	rfc3720();
	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = (char)unit_random(256);
	for (int k = 0; k < 20000; k++) {
		/* Each 1536 bytes are taken as three lanes at once. */
		size_t len = unit_random(2) ? unit_random(400)
		                            : 1536 * (1 + unit_random(4)) - 20 + unit_random(40);
		const char *data = room + unit_random(sizeof(room) - len + 1);
		size_t cut = unit_random(len + 1);
		uint32_t start = unit_random(2) ? 0 : (uint32_t)unit_random(UINT32_MAX);
		uint32_t want = crc32c_tables(start, data, len);

		CHECK(crc32c(start, data, len) == want);
		CHECK(crc32c(crc32c(start, data, cut), data + cut, len - cut) == want);
		CHECK(
		    crc32c_tables(crc32c_tables(start, data, cut), data + cut, len - cut) == want);
	}
	return unit_end("crc32c");
}
