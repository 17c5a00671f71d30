// randommodule.c: the module _random: the Mersenne Twister (MT19937) as a class, to which
// lib/random.coro adds distributions and choices.
//
// The generator, its seeding by an array, and the making of 53-bit floats are those of
// M. Matsumoto and T. Nishimura, "Mersenne Twister: A 623-dimensionally equidistributed uniform
// pseudo-random number generator" (1998), and its version of 2002/1/26. Seeds are turned to arrays
// as CPython does it, so that the sequences are its very own.
#include "randommodule.h"

#include <unistd.h>

#include "bytes.h"
#include "float.h"
#include "int.h"
#include "loop.h"
#include "rows.h"
#include "sha512.h"

#define WORDS 624
#define MIDDLE 397
#define DEFAULT_SEED 19650218u
#define VIRTUAL_SEED 20240101u  // where chance begins when time is virtual

typedef struct {
  Object header;
  int position;  // of the next word to be given out; WORDS: all are used
  uint32_t words[WORDS];
} Random;

static Random *as_random(Value v) {
  assert(is_kind(v, KIND_RANDOM));
  return (Random *)as_object(v);
}

// ---- the generator

static uint32_t twist(uint32_t high, uint32_t low) {
  uint32_t joined = (high & 0x80000000u) | (low & 0x7FFFFFFFu);
  return joined >> 1 ^ (low & 1 ? 0x9908B0DFu : 0);
}

static void make_words(Random *random) {
  uint32_t *w = random->words;
  for (int i = 0; i < WORDS; i++) {
    w[i] = w[(i + MIDDLE) % WORDS] ^ twist(w[i], w[(i + 1) % WORDS]);
  }
  random->position = 0;
}

static uint32_t next_word(Random *random) {
  if (random->position >= WORDS) make_words(random);
  uint32_t y = random->words[random->position++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9D2C5680u;
  y ^= y << 15 & 0xEFC60000u;
  return y ^ y >> 18;
}

static void seed_with_array(Random *random, const uint32_t *key, size_t length) {
  uint32_t *w = random->words;
  w[0] = DEFAULT_SEED;
  for (uint32_t i = 1; i < WORDS; i++) w[i] = 1812433253u * (w[i - 1] ^ w[i - 1] >> 30) + i;
  uint32_t i = 1;
  size_t j = 0;
  for (size_t k = length > WORDS ? length : WORDS; k > 0; k--) {
    w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1664525u) + key[j] + (uint32_t)j;
    if (++i == WORDS) {
      w[0] = w[WORDS - 1];
      i = 1;
    }
    if (++j == length) j = 0;
  }
  for (int k = WORDS - 1; k > 0; k--) {
    w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1566083941u) - i;
    if (++i == WORDS) {
      w[0] = w[WORDS - 1];
      i = 1;
    }
  }
  w[0] = 0x80000000u;
  random->position = WORDS;
}

// ---- seeding

static bool take_entropy(VM *vm, uint8_t *out, size_t length) {
  for (size_t i = 0; i < length; i += 256) {
    size_t part = length - i < 256 ? length - i : 256;
    if (getentropy(out + i, part) != 0) {
      return vm_raise(vm, vm->exceptions.OSError, "the system gives no random bytes");
    }
  }
  return true;
}

static bool seed_by_chance(VM *vm, Random *random) {
  uint32_t key[WORDS] = {VIRTUAL_SEED};
  if (vm->chance.is_seeded) {
    key[0] = (uint32_t)vm->chance.seed;
    key[1] = (uint32_t)(vm->chance.seed >> 32);
    seed_with_array(random, key, key[1] == 0 ? 1 : 2);
    return true;
  }
  if (clock_is_virtual(vm->loops->clock)) {
    seed_with_array(random, key, 1);
    return true;
  }
  if (!take_entropy(vm, (uint8_t *)key, sizeof key)) return false;
  seed_with_array(random, key, WORDS);
  return true;
}

static void seed_with_int(VM *vm, Random *random, Value v) {
  IntView view;
  const mp_int *mp = int_view(v, &view);
  size_t length = (size_t)(mp_count_bits(mp) + 31) / 32, written;
  if (length == 0) length = 1;
  uint32_t *key = heap_buffer_new(vm, length * sizeof *key);
  memset(key, 0, length * sizeof *key);
  int_must(mp_pack(key, length, &written, MP_LSB_FIRST, sizeof *key, MP_NATIVE_ENDIAN, 0, mp));
  seed_with_array(random, key, length);
  heap_buffer_free(vm, key, length * sizeof *key);
}

// self, a: None, an int (its absolute value counts) or anything with a hash.
static bool random_seed(VM *vm, Value *args, int nargs, Value *out) {
  *out = NONE;
  Random *random = as_random(args[0]);
  if (nargs == 1 || is_none(args[1])) return seed_by_chance(vm, random);
  Value v = args[1];
  if (!is_int(v)) {
    uint64_t hash;
    Tri known = value_hash(vm, v, &hash);
    if (known == TRI_SCRIPT) return raise_type_error(vm, "a seed must be a number");
    if (known != TRI_YES) return false;
    v = int_from_u64(vm, hash);
  }
  seed_with_int(vm, random, v);
  return true;
}

static bool random_new(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Random *random = heap_alloc(vm, KIND_RANDOM, as_class(args[0]), sizeof *random);
  *out = from_object(random);
  return seed_by_chance(vm, random);
}

// ---- numbers

static bool random_random(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Random *random = as_random(args[0]);
  uint32_t high = next_word(random) >> 5, low = next_word(random) >> 6;
  *out = from_double((high * 67108864.0 + low) * (1.0 / 9007199254740992.0));
  return true;
}

static Value bits(VM *vm, Random *random, uint64_t count) {
  if (count <= 32) return int_from_u64(vm, next_word(random) >> (32 - count));
  size_t length = (count + 31) / 32;
  uint8_t *octets = heap_buffer_new(vm, length * 4);  // the lowest first
  for (size_t i = 0; i < length; i++) {
    uint32_t word = next_word(random);
    if (count < 32) word >>= 32 - count;
    count -= 32;
    for (int part = 0; part < 4; part++) octets[i * 4 + (size_t)part] = (uint8_t)(word >> part * 8);
  }
  mp_int mp;
  int_must(mp_init(&mp));
  int_read_octets(&mp, octets, length * 4, true);
  heap_buffer_free(vm, octets, length * 4);
  return int_from_mp(vm, &mp);
}

static bool random_getrandbits(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t count;
  Tri known = value_index(vm, args[1], &count);
  if (known == TRI_SCRIPT) return native_prelude(vm, out, "number.getrandbits_slow", 2, args);
  if (known != TRI_YES) return false;
  if (count < 0) return raise_value_error(vm, "number of bits must be non-negative");
  if (count > INT_MAX_BITS) return vm_raise(vm, vm->exceptions.MemoryError, "%s", "");
  *out = count == 0 ? small_int(0) : bits(vm, as_random(args[0]), (uint64_t)count);
  return true;
}

// self, n: an int below n, any with the same chance.
static bool random_below(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_int(args[1]) || int_sign(args[1]) <= 0) {
    return raise_value_error(vm, "the limit must be a positive int");
  }
  uint64_t count = int_bit_length(args[1]);
  do {
    *out = bits(vm, as_random(args[0]), count);
  } while (int_compare(*out, args[1]) >= 0);
  return true;
}

// ---- the state: all words and the position

static bool random_getstate(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Random *random = as_random(args[0]);
  Tuple *state = tuple_new(vm, WORDS + 1);
  for (int i = 0; i < WORDS; i++) state->items[i] = int_from_u64(vm, random->words[i]);
  state->items[WORDS] = small_int(random->position);
  *out = from_object(state);
  return true;
}

static bool random_setstate(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_tuple(args[1])) return raise_type_error(vm, "state vector must be a tuple");
  const Tuple *state = as_tuple(args[1]);
  if (state->count != WORDS + 1) return raise_value_error(vm, "state vector is the wrong size");
  int64_t numbers[WORDS + 1];
  for (int i = 0; i <= WORDS; i++) {
    if (!is_int(state->items[i])) return raise_type_error(vm, "an integer is required");
    if (!int_to_i64(state->items[i], &numbers[i])) {
      return vm_raise(vm, vm->exceptions.OverflowError,
                      "Python int too large to convert to C unsigned long");
    }
    if (numbers[i] < 0) {
      return vm_raise(vm, vm->exceptions.OverflowError,
                      "can't convert negative value to unsigned int");
    }
  }
  if (numbers[WORDS] > WORDS) return raise_value_error(vm, "invalid state");
  Random *random = as_random(args[0]);
  for (int i = 0; i < WORDS; i++) random->words[i] = (uint32_t)numbers[i];
  random->position = (int)numbers[WORDS];
  *out = NONE;
  return true;
}

static const NativeDef methods[] = {
    LEAF_ROW("__new__", random_new, 1, -1, NATIVE_STATIC | NATIVE_KEYWORDS, NULL),
    METHOD_ROW("seed", random_seed, 1, 2),
    METHOD_ROW("random", random_random, 1, 1),
    METHOD_ROW("getrandbits", random_getrandbits, 2, 2),
    METHOD_ROW("_randbelow", random_below, 2, 2),
    METHOD_ROW("getstate", random_getstate, 1, 1),
    METHOD_ROW("setstate", random_setstate, 2, 2),
    END_ROW,
};

// ---- functions

static bool urandom(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t count;
  Tri known = value_index(vm, args[0], &count);
  if (known == TRI_SCRIPT) {
    return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                            value_class_name(vm, args[0]));
  }
  if (known != TRI_YES) return false;
  if (count < 0) return raise_value_error(vm, "negative argument not allowed");
  if (count > INT32_MAX) return vm_raise(vm, vm->exceptions.MemoryError, "%s", "");
  Bytes *bytes = bytes_new(vm, NULL, (size_t)count);
  *out = from_object(bytes);
  return take_entropy(vm, bytes->data, bytes->length);
}

static bool digest(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_bytes(args[0])) {
    return raise_type_error(vm, "a bytes-like object is required, not '%s'",
                            value_class_name(vm, args[0]));
  }
  Bytes *bytes = bytes_new(vm, NULL, SHA512_SIZE);
  sha512(as_bytes(args[0])->data, as_bytes(args[0])->length, bytes->data);
  *out = from_object(bytes);
  return true;
}

static const NativeDef functions[] = {FUNCTION_ROW("urandom", urandom, 1, 1, NULL),
                                      FUNCTION_ROW("sha512", digest, 1, 1, NULL), END_ROW};

bool random_install(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  Class *cls = class_new_builtin(vm, "Random", NULL, KIND_RANDOM, 0);
  dict_set_c(vm, cls->dict, "__module__", from_object(module->name));
  native_add_methods(vm, cls, methods);
  module_set(vm, module, str_intern_c(vm, "Random"), from_object(cls));
  return true;
}
