#ifndef CRC32C_H
#define CRC32C_H

/*
 * crc32c: the checksum CRC-32C (Castagnoli; polynomial 0x1EDC6F41 reflected, initial value and final xor 0xFFFFFFFF),
 * as in RFC 3720 (iSCSI), section B.4, whose test vectors it gives. By the processor's instruction
 * (SSE4.2, or the ARMv8 CRC extension where the compiler offers it) where it has one, else by tables of eight bytes at a time.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Continues sum (0 at the start) over data[0, len): crc32c(crc32c(0, a, n), b, m) is the checksum of a followed by b.
 * Cannot fail.
 */
uint32_t crc32c(uint32_t sum, const void *data, size_t len);

/* The same by tables, whatever the processor has: for tests, which compare the two. */
uint32_t crc32c_tables(uint32_t sum, const void *data, size_t len);

#endif
