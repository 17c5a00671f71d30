// json.c: any text, and any bytes, through json.loads; what they mean is written by json.dumps in
// every form, and each must mean the same again.
#include "fuzz.h"

static const char program[] =
    "import json\n"
    "forms = [{}, {'indent': 2}, {'indent': '\\t', 'sort_keys': True}, {'ensure_ascii': False},\n"
    "         {'separators': (',', ':')}]\n"
    "def check(text):\n"
    "    try:\n"
    "        value = json.loads(text)\n"
    "    except (ValueError, RecursionError):\n"
    "        return\n"
    "    plain = json.dumps(value)\n"
    "    for form in forms:\n"
    "        written = json.dumps(value, **form)\n"
    "        if 'sort_keys' in form:\n"
    "            assert json.dumps(json.loads(written), **form) == written\n"
    "        else:\n"
    "            assert json.dumps(json.loads(written)) == plain\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_check(program, data, size);
  return 0;
}
