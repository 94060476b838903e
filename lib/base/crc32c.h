#ifndef CRC32C_H
#define CRC32C_H

/*
 * crc32c: the checksum CRC-32C (Castagnoli; polynomial 0x1EDC6F41 reflected, initial value and
 * final xor 0xFFFFFFFF), as in RFC 3720 (iSCSI), section B.4, whose test vectors it gives. It is
 * computed by the processor's instruction if there is one (SSE4.2; the ARMv8 CRC extension, if the
 * compiler was told to use it), else by tables, eight bytes at a time.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Returns the checksum of some bytes followed by data[0, len); sum is that of the bytes before, or
 * 0 if there are none: crc32c(crc32c(0, a, n), b, m) is the checksum of a followed by b. Cannot
 * fail.
 */
uint32_t crc32c(uint32_t sum, const void *data, size_t len);

/* As crc32c, but always by tables, so that tests can compare the two ways. */
uint32_t crc32c_tables(uint32_t sum, const void *data, size_t len);

#endif
