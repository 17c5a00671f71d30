// format.c: any text as a specification of format(), as the format of % and of str.format, for
// values of every builtin class.
#include "fuzz.h"

static const char program[] =
    "values = [0, -7, 255, 10**30, True, 0.0, -2.5, 1e300, 1e-7, float('inf'), float('nan'), "
    "'text',\n"
    "          'h\\u00e9\\U0001f600', '', b'by', None, [1], (1, 'a'), {'a': 1}, {2}, range(3)]\n"
    "refused = (ValueError, TypeError, OverflowError, KeyError, IndexError, AttributeError,\n"
    "           MemoryError)\n"
    "def attempt(f, *args):\n"
    "    try:\n"
    "        assert type(f(*args)) in (str, bytes)\n"
    "    except refused:\n"
    "        pass\n"
    "def check(text):\n"
    "    if type(text) is bytes:\n"
    "        for value in values:\n"
    "            attempt(bytes.__mod__, text, value)\n"
    "        return\n"
    "    for value in values:\n"
    "        attempt(format, value, text)\n"
    "        attempt(str.__mod__, text, value)\n"
    "        attempt(text.format, value)\n"
    "    attempt(str.__mod__, text, tuple(values))\n"
    "    attempt(text.format_map, {'a': 1, 'b': 'x', 'w': 9})\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_check(program, data, size);
  return 0;
}
