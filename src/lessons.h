// lessons.h: the texts and programs of tutorial/, which are part of the binary, for `coro learn`
// (runtime/lib/_learn).
#ifndef CORO_SRC_LESSONS_H
#define CORO_SRC_LESSONS_H

#include <stddef.h>

typedef struct VM VM;

typedef struct {
  const char *path;  // "01-hello/lesson.md"
  size_t size;
} LessonFile;

// Made by the Makefile (lessondata.c): the files one after the other, and where each ends.
extern const unsigned char lesson_data[];
extern const LessonFile lesson_files[];  // the last has no path

// Puts the module `_lessons` into sys.modules.
void lessons_install(VM *vm);

#endif
