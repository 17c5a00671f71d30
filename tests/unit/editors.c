// editors.c: the files for editors know the names that Coro knows.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "native_modules.h"
#include "support.h"

static const char vim[] = "editors/vim/syntax/coro.vim", nano[] = "editors/nano/coro.nanorc",
                  textmate[] = "editors/vscode/syntaxes/coro.tmLanguage.json";

static bool is_letter(char c) {
  return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool has_word(const char *text, const char *word) {
  size_t length = strlen(word);
  for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
    if (at > text && !is_letter(at[-1]) && !is_letter(at[length])) return true;
  }
  return false;
}

static void expect_words(const char *path, const char *const *words) {
  Buffer file = support_read(path);
  cr_assert(file.data != NULL, "%s", path);
  for (; *words != NULL; words++)
    cr_expect(has_word(file.data, *words), "%s lacks %s", path, *words);
  free(file.data);
}

// vim's and TextMate's rest on those for Python.
Test(editors, know_the_names_of_asyncio) {
  expect_words(vim, asyncio_builtin_names);
  expect_words(textmate, asyncio_builtin_names);
  expect_words(nano, asyncio_builtin_names);
}

Test(editors, nano_knows_the_keywords_and_builtins) {
  const char *argv[] = {
      support_binary(), "-c",
      "import builtins, keyword\n"
      "print(*keyword.kwlist, *(x for x in dir(builtins) if x[0] != '_'), sep='\\n')",
      NULL};
  Outcome names = support_run(argv, NULL);
  size_t count = 0;
  const char *words[400];
  for (char *word = strtok(names.out.data, "\n"); word != NULL; word = strtok(NULL, "\n")) {
    cr_assert(count < 399);
    words[count++] = word;
  }
  words[count] = NULL;
  cr_expect(count > 150, "%zu", count);
  expect_words(nano, words);
  support_free(&names);
}
