// sysinfo.c: what sys tells about the language's version and about its numbers.
//
// The limits of doubles go by the compiler's own names: <float.h> would find our float.h.

#include "int.h"
#include "structseq.h"
#include "sysmodule.h"

#define FIELD(name, i) MEMBER_ROW(name, structseq_part_##i)

static Value text(VM *vm, const char *c) { return from_object(str_intern_c(vm, c)); }

static void set(VM *vm, Module *module, const char *name, const NativeDef *fields, int count,
                const Value *values) {
  Class *cls = structseq_class(vm, "sys", name, fields, count, NULL);
  module_set(vm, module, str_intern_c(vm, name), from_object(structseq_new(vm, cls, values)));
}

static const NativeDef version_fields[] = {FIELD("major", 0),  FIELD("minor", 1),
                                           FIELD("micro", 2),  FIELD("releaselevel", 3),
                                           FIELD("serial", 4), END_ROW};

static const NativeDef float_fields[] = {
    FIELD("max", 0),     FIELD("max_exp", 1),    FIELD("max_10_exp", 2), FIELD("min", 3),
    FIELD("min_exp", 4), FIELD("min_10_exp", 5), FIELD("dig", 6),        FIELD("mant_dig", 7),
    FIELD("epsilon", 8), FIELD("radix", 9),      FIELD("rounds", 10),    END_ROW};

static const NativeDef int_fields[] = {FIELD("bits_per_digit", 0), FIELD("sizeof_digit", 1),
                                       FIELD("default_max_str_digits", 2),
                                       FIELD("str_digits_check_threshold", 3), END_ROW};

static const NativeDef hash_fields[] = {FIELD("width", 0),     FIELD("modulus", 1),
                                        FIELD("inf", 2),       FIELD("nan", 3),
                                        FIELD("imag", 4),      FIELD("algorithm", 5),
                                        FIELD("hash_bits", 6), FIELD("seed_bits", 7),
                                        FIELD("cutoff", 8),    END_ROW};

// The version of Python whose language this is; of ints and hashes, what CPython says of its own.
void sys_install_info(VM *vm, Module *module) {
  const Value version[] = {small_int(3), small_int(11), small_int(0), text(vm, "final"),
                           small_int(0)};
  set(vm, module, "version_info", version_fields, 5, version);
  const Value floats[] = {from_double(__DBL_MAX__),
                          small_int(__DBL_MAX_EXP__),
                          small_int(__DBL_MAX_10_EXP__),
                          from_double(__DBL_MIN__),
                          small_int(__DBL_MIN_EXP__),
                          small_int(__DBL_MIN_10_EXP__),
                          small_int(__DBL_DIG__),
                          small_int(__DBL_MANT_DIG__),
                          from_double(__DBL_EPSILON__),
                          small_int(__FLT_RADIX__),
                          small_int(1)};
  set(vm, module, "float_info", float_fields, 11, floats);
  const Value ints[] = {small_int(30), small_int(4), small_int(4300), small_int(640)};
  set(vm, module, "int_info", int_fields, 4, ints);
  const Value hashes[] = {small_int(64),      int_from_i64(vm, (INT64_C(1) << 61) - 1),
                          small_int(314159),  small_int(0),
                          small_int(1000003), text(vm, "siphash13"),
                          small_int(64),      small_int(128),
                          small_int(0)};
  set(vm, module, "hash_info", hash_fields, 9, hashes);
}
