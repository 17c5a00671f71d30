// timecalendar.c: the part of the module time that deals in years and days: struct_time, the
// conversions between it, seconds and text. The C library does the work.
//
// When time is virtual the local time zone is UTC, so that a run does not depend on the machine.
#include <errno.h>
#include <time.h>

#include "float.h"
#include "int.h"
#include "loop.h"
#include "structseq.h"
#include "timemodule.h"

#define PARTS 9
#define ALL_PARTS 11
#define YEAR_SECONDS ((time_t)(365 * 24 + 6) * 3600)

#define FIELD(name, i) MEMBER_ROW(name, structseq_part_##i)

static bool zone_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = structseq_hidden(vm, args[0], "tm_zone");
  return true;
}

static bool zone_offset(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = structseq_hidden(vm, args[0], "tm_gmtoff");
  return true;
}

static const NativeDef fields[] = {FIELD("tm_year", 0),
                                   FIELD("tm_mon", 1),
                                   FIELD("tm_mday", 2),
                                   FIELD("tm_hour", 3),
                                   FIELD("tm_min", 4),
                                   FIELD("tm_sec", 5),
                                   FIELD("tm_wday", 6),
                                   FIELD("tm_yday", 7),
                                   FIELD("tm_isdst", 8),
                                   MEMBER_ROW("tm_zone", zone_name),
                                   MEMBER_ROW("tm_gmtoff", zone_offset),
                                   END_ROW};

static void set_zone(VM *vm, Tuple *sequence, Value name, Value offset) {
  structseq_set_hidden(vm, sequence, "tm_zone", name);
  structseq_set_hidden(vm, sequence, "tm_gmtoff", offset);
}

// struct_time(sequence, dict={}): nine parts, and the zone's name and offset if it has more.
static bool struct_time_new(VM *vm, Value *args, int nargs, Value *out) {
  List *items;
  Tri known = value_items(vm, args[1], &items);
  if (known == TRI_SCRIPT) return native_prelude(vm, out, "time.struct_time", nargs, args);
  if (known != TRI_YES) {
    vm_clear_exception(vm);
    return raise_type_error(vm, "constructor requires a sequence");
  }
  if (items->count < PARTS || items->count > ALL_PARTS) {
    bool few = items->count < PARTS;
    return raise_type_error(vm,
                            "time.struct_time() takes an at %s %d-sequence (%zu-sequence given)",
                            few ? "least" : "most", few ? PARTS : ALL_PARTS, items->count);
  }
  Tuple *sequence = structseq_new(vm, as_class(args[0]), items->items);
  const char *const hidden[] = {"tm_zone", "tm_gmtoff"};
  for (size_t i = PARTS; i < ALL_PARTS; i++) {
    const char *name = hidden[i - PARTS];
    Value value = i < items->count ? items->items[i] : EMPTY;
    if (is_empty(value) && nargs == 3 && is_dict(args[2])) {
      value = dict_get_c(as_dict(args[2]), name);
    }
    if (!is_empty(value)) structseq_set_hidden(vm, sequence, name, value);
  }
  *out = from_object(sequence);
  return true;
}

static const NativeDef struct_time_make[] = {
    LEAF_ROW("__new__", struct_time_new, 2, 3, NATIVE_STATIC, "cls sequence dict"), END_ROW};

static Value from_tm(VM *vm, const struct tm *tm) {
  const int parts[PARTS] = {tm->tm_year + 1900,    tm->tm_mon + 1,  tm->tm_mday,
                            tm->tm_hour,           tm->tm_min,      tm->tm_sec,
                            (tm->tm_wday + 6) % 7, tm->tm_yday + 1, tm->tm_isdst};
  Value values[PARTS];
  for (int i = 0; i < PARTS; i++) values[i] = small_int(parts[i]);
  Tuple *sequence = structseq_new(vm, vm->struct_time_class, values);
  set_zone(vm, sequence, from_object(str_intern_c(vm, tm->tm_zone)), small_int(tm->tm_gmtoff));
  return from_object(sequence);
}

// ---- seconds to parts

static bool time_is_virtual(VM *vm) { return clock_is_virtual(vm->loops->clock); }

// The argument of localtime and its like: seconds, or now.
static bool moment(VM *vm, const Value *args, int nargs, time_t *out) {
  int64_t whole, ignored;
  if (nargs == 0 || is_none(args[0])) {
    *out = (time_t)(clock_wall_nanoseconds(vm->loops->clock) / 1000000000);
    return true;
  }
  if (!time_from_number(vm, args[0], &whole, &ignored)) return false;
  *out = (time_t)whole;
  return true;
}

static bool break_down(VM *vm, time_t when, bool local, struct tm *out) {
  errno = 0;
  bool here = local && !time_is_virtual(vm);
  if ((here ? localtime_r : gmtime_r)(&when, out) != NULL) {
    if (local && !here) out->tm_zone = "UTC";
    return true;
  }
  Value args[2] = {small_int(errno), from_object(str_from_c(vm, strerror(errno)))}, error;
  return exception_create(vm, vm->exceptions.OSError, args, 2, NULL, &error) &&
         vm_raise_exception(vm, error);
}

static bool to_parts(VM *vm, const Value *args, int nargs, bool local, Value *out) {
  time_t when;
  struct tm tm;
  if (!moment(vm, args, nargs, &when) || !break_down(vm, when, local, &tm)) return false;
  *out = from_tm(vm, &tm);
  return true;
}

static bool time_localtime(VM *vm, Value *args, int nargs, Value *out) {
  return to_parts(vm, args, nargs, true, out);
}

static bool time_gmtime(VM *vm, Value *args, int nargs, Value *out) {
  return to_parts(vm, args, nargs, false, out);
}

// ---- parts to seconds and text

// The nine parts of a tuple, with C's way of counting months and days.
static bool to_tm(VM *vm, Value v, const char *function, struct tm *out) {
  if (!is_tuple(v)) return raise_type_error(vm, "Tuple or struct_time argument required");
  const Tuple *tuple = as_tuple(v);
  int parts[PARTS];
  if (tuple->count != PARTS) {
    return raise_type_error(vm, "%s(): illegal time tuple argument", function);
  }
  for (int i = 0; i < PARTS; i++) {
    int64_t part;
    if (!is_int(tuple->items[i])) {
      return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                              value_class_name(vm, tuple->items[i]));
    }
    bool fits = int_to_i64(tuple->items[i], &part) && part <= INT32_MAX && part >= INT32_MIN;
    if (!fits) {
      return vm_raise(vm, vm->exceptions.OverflowError, "signed integer is %s than %s",
                      int_sign(tuple->items[i]) < 0 ? "less" : "greater",
                      int_sign(tuple->items[i]) < 0 ? "minimum" : "maximum");
    }
    parts[i] = (int)part;
  }
  if (parts[0] < INT32_MIN + 1900) {
    return vm_raise(vm, vm->exceptions.OverflowError, "year out of range");
  }
  memset(out, 0, sizeof *out);
  out->tm_year = parts[0] - 1900;
  out->tm_mon = parts[1] - 1;
  out->tm_mday = parts[2];
  out->tm_hour = parts[3];
  out->tm_min = parts[4];
  out->tm_sec = parts[5];
  out->tm_wday = (parts[6] + 1) % 7;
  out->tm_yday = parts[7] - 1;
  out->tm_isdst = parts[8];
  bool has_zone = as_object(v)->flags & OBJECT_HAS_ATTRS;
  Value zone = has_zone ? structseq_hidden(vm, v, "tm_zone") : NONE;
  Value offset = has_zone ? structseq_hidden(vm, v, "tm_gmtoff") : NONE;
  if (is_str(zone)) out->tm_zone = str_c(vm, as_str(zone));
  if (is_small_int(offset)) out->tm_gmtoff = (long)as_small_int(offset);
  return true;
}

// Zero is let through for the parts that count from one.
static bool check_ranges(VM *vm, struct tm *tm) {
  if (tm->tm_mon == -1) tm->tm_mon = 0;
  if (tm->tm_mday == 0) tm->tm_mday = 1;
  if (tm->tm_yday == -1) tm->tm_yday = 0;
  const struct {
    int value, low, high;
    const char *name;
  } parts[] = {{tm->tm_mon, 0, 11, "month"},        {tm->tm_mday, 0, 31, "day of month"},
               {tm->tm_hour, 0, 23, "hour"},        {tm->tm_min, 0, 59, "minute"},
               {tm->tm_sec, 0, 61, "seconds"},      {tm->tm_wday, 0, 6, "day of week"},
               {tm->tm_yday, 0, 365, "day of year"}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (parts[i].value < parts[i].low || parts[i].value > parts[i].high) {
      return raise_value_error(vm, "%s out of range", parts[i].name);
    }
  }
  return true;
}

// The tuple that was given, or now.
static bool given_or_now(VM *vm, Value v, const char *function, struct tm *out) {
  if (!is_empty(v)) return to_tm(vm, v, function, out) && check_ranges(vm, out);
  time_t now;
  return moment(vm, NULL, 0, &now) && break_down(vm, now, true, out);
}

static bool time_mktime(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  struct tm tm;
  if (!to_tm(vm, args[0], "mktime", &tm)) return false;
  tm.tm_wday = -1;  // stays so when mktime fails
  time_t when = time_is_virtual(vm) ? timegm(&tm) : mktime(&tm);
  if (when == (time_t)-1 && tm.tm_wday == -1) {
    return vm_raise(vm, vm->exceptions.OverflowError, "mktime argument out of range");
  }
  *out = from_double((double)when);
  return true;
}

static bool time_strftime(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_str(args[0])) {
    return raise_type_error(vm, "strftime() argument 1 must be str, not %s",
                            value_class_name(vm, args[0]));
  }
  struct tm tm;
  if (!given_or_now(vm, args[1], "strftime", &tm)) return false;
  const Str *format = as_str(args[0]);
  if (memchr(format->data, 0, format->length) != NULL) {
    return raise_value_error(vm, "embedded null character");
  }
  if (format->length == 0) {
    *out = from_object(vm->empty_str);
    return true;
  }
  // strftime says 0 both when the room is too small and when the result is empty.
  const char *c_format = str_c(vm, format);
  size_t size = 256 + format->length, limit = size * 256, length = 0;
  char *text = NULL;
  while (length == 0 && size <= limit) {
    text = heap_buffer_resize(vm, text, text == NULL ? 0 : size / 2, size);
    length = strftime(text, size, c_format, &tm);
    size *= 2;
  }
  *out = from_object(str_new(vm, text, length));
  heap_buffer_free(vm, text, size / 2);
  return true;
}

static Value as_text(VM *vm, const struct tm *tm) {
  static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return from_object(str_format(vm, "%s %s%3d %.2d:%.2d:%.2d %lld", days[tm->tm_wday],
                                months[tm->tm_mon], tm->tm_mday, tm->tm_hour, tm->tm_min,
                                tm->tm_sec, (long long)tm->tm_year + 1900));
}

static bool time_asctime(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  struct tm tm;
  if (!given_or_now(vm, args[0], "asctime", &tm)) return false;
  *out = as_text(vm, &tm);
  return true;
}

static bool time_ctime(VM *vm, Value *args, int nargs, Value *out) {
  time_t when;
  struct tm tm;
  if (!moment(vm, args, nargs, &when) || !break_down(vm, when, true, &tm)) return false;
  *out = as_text(vm, &tm);
  return true;
}

static bool time_strptime(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "time.strptime", nargs, args);
}

// ---- the local time zone

// In January and in July; the winter's is the standard one.
static void set_zone_names(VM *vm, Module *module) {
  struct tm january = {.tm_zone = "UTC"}, july = january;
  if (!time_is_virtual(vm)) {
    time_t start = time(NULL) / YEAR_SECONDS * YEAR_SECONDS, middle = start + YEAR_SECONDS / 2;
    tzset();
    localtime_r(&start, &january);
    localtime_r(&middle, &july);
  }
  bool north = january.tm_gmtoff <= july.tm_gmtoff;
  const struct tm *standard = north ? &january : &july, *summer = north ? &july : &january;
  const struct {
    const char *name;
    Value value;
  } rows[] = {
      {"timezone", small_int(-standard->tm_gmtoff)},
      {"altzone", small_int(-summer->tm_gmtoff)},
      {"daylight", small_int(january.tm_gmtoff != july.tm_gmtoff)},
      {"tzname", from_object(tuple_pair(vm, from_object(str_from_c(vm, standard->tm_zone)),
                                        from_object(str_from_c(vm, summer->tm_zone))))},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    module_set(vm, module, str_intern_c(vm, rows[i].name), rows[i].value);
  }
}

static bool time_tzset(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  Value module = dict_get_c(vm->modules, "time");
  if (is_kind(module, KIND_MODULE)) set_zone_names(vm, (Module *)as_object(module));
  *out = NONE;
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("localtime", time_localtime, 0, 1, NULL),
    FUNCTION_ROW("gmtime", time_gmtime, 0, 1, NULL),
    FUNCTION_ROW("mktime", time_mktime, 1, 1, NULL),
    FUNCTION_ROW("strftime", time_strftime, 1, 2, NULL),
    FUNCTION_ROW("strptime", time_strptime, 1, 2, NULL),
    FUNCTION_ROW("asctime", time_asctime, 0, 1, NULL),
    FUNCTION_ROW("ctime", time_ctime, 0, 1, NULL),
    FUNCTION_ROW("tzset", time_tzset, 0, 0, NULL),
    END_ROW,
};

void time_install_calendar(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  vm->struct_time_class =
      structseq_class(vm, "time", "struct_time", fields, PARTS, struct_time_make);
  module_set(vm, module, str_intern_c(vm, "struct_time"), from_object(vm->struct_time_class));
  set_zone_names(vm, module);
}
