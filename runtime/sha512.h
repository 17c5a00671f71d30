// sha512.h: the hash SHA-512 (FIPS 180-4), with which random.seed turns a text into an int.
#ifndef CORO_SHA512_H
#define CORO_SHA512_H

#include <stddef.h>
#include <stdint.h>

#define SHA512_SIZE 64

void sha512(const void *data, size_t length, uint8_t out[SHA512_SIZE]);

#endif
