# Coro. `make help` lists the targets.
#
# One file, no recursion but for building a second MODE. Objects go to build/$(MODE)/; the binary
# for users is build/coro.

MODE ?= release
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2> /dev/null || echo 1)
FILE ?= scripts/examples/concurrency.coro
PREFIX ?= /usr/local
READLINE ?= yes
VERSION := $(shell sed -n 's/.*CORO_VERSION "\(.*\)"/\1/p' runtime/coro.h)

B := build/$(MODE)
GEN := $(B)/gen
PACKAGES := libuv libtommath libutf8proc

CFLAGS_release := -O2 -g
LDFLAGS_release := -O2
CFLAGS_debug := -O1 -g -fno-omit-frame-pointer -DCORO_DEBUG \
                -fsanitize=address,undefined -fno-sanitize-recover=undefined
# Instrumented for threads, gcc sees uninitialised variables that are none.
CFLAGS_tsan := -O1 -g -fsanitize=thread -Wno-maybe-uninitialized
# Instrumented for libFuzzer (scripts/dev/fuzz); only clang has it.
CFLAGS_fuzz := $(CFLAGS_debug) -gline-tables-only -fsanitize=fuzzer-no-link
ifeq ($(MODE)$(origin CC),fuzzdefault)
CC := clang
endif
# `make release`: first a build that counts what is executed, then one that uses the counts. gcc
# finds them by the objects' paths, so both are build/release.
ifeq ($(COUNT),yes)
CFLAGS_release += -fprofile-generate -fprofile-update=single
LDFLAGS_release += -fprofile-generate
else ifneq ($(wildcard build/release/counted),)
# What has changed since has no counts: a warning then, no error.
CFLAGS_release += -fprofile-use -Wno-missing-profile -Wno-coverage-mismatch \
                  -Wno-maybe-uninitialized -Wno-error
endif
# For `make coverage`. The children of the tests count into the same files.
CFLAGS_coverage := -O0 -g --coverage -fprofile-update=atomic
LDFLAGS_coverage := --coverage
LDFLAGS_debug := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS_fuzz := $(LDFLAGS_debug) -fsanitize=fuzzer-no-link
ifeq ($(MODE),release)
CPPFLAGS += -DNDEBUG
endif

CFLAGS ?= $(CFLAGS_$(MODE))
LDFLAGS ?= $(LDFLAGS_$(MODE))
# The same source gives the same bytes, in whatever folder it is built.
STD := -ffile-prefix-map=$(CURDIR)=. -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror
INCLUDES := -Isrc -Iruntime -Igrammar -I$(GEN)
# As archives where the system has them (SHARED=yes: not): an empty script then starts and ends in 0.87 of
# the time.
LIBRARY_DIR = $(shell pkg-config --variable=libdir libuv)
ARCHIVE_NAMES := libuv_a.a libtommath.a libutf8proc.a
# `make READLINE=no`: the session (coro repl) reads plain lines.
ifeq ($(READLINE),yes)
PACKAGES += readline
ARCHIVE_NAMES += libreadline.a libtinfo.a
CPPFLAGS += -DCORO_READLINE
endif
ifneq ($(SHARED),yes)
ARCHIVES = $(wildcard $(addprefix $(LIBRARY_DIR)/,$(ARCHIVE_NAMES)))
endif
LIBS = $(if $(filter $(words $(ARCHIVE_NAMES)),$(words $(ARCHIVES))),$(ARCHIVES) -ldl -lrt,\
         $(shell pkg-config --libs $(PACKAGES))) -lm -lpthread
TEST_LIBS = $(shell pkg-config --libs criterion vterm) -lutil

SOURCES := $(filter-out src/main.c,$(wildcard src/*.c runtime/*.c grammar/*.c))
LIBRARY_FILES := $(sort $(wildcard runtime/lib/*.coro runtime/lib/*/*.coro runtime/lib/*/*/*.coro))
OBJECTS := $(SOURCES:%.c=$(B)/%.o) $(GEN)/lexer.o $(GEN)/parser.o $(GEN)/vizpage.o \
           $(GEN)/lessondata.o $(GEN)/library.o
TEST_OBJECTS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/unit/*.c))

.DELETE_ON_ERROR:
.PHONY: all run test test-tsan test-web test-operator check tests debug release tsan build/coro \
        install uninstall clean format \
        format-check bench bench-smoke pictures site coverage analyse soak test-faults test-valgrind \
        fuzz fuzz-short fuzz-smoke fuzzers dist deb \
        deps deps-test help

all: build/coro  ## build build/coro (release)

run: all  ## build and run FILE=… ARGS=… (by default an example of concurrency)
	@build/coro $(FILE) $(ARGS)

test: deps-test  ## build and run all tests: release, then debug with sanitizers and collector stress
	@scripts/dev/test

check: test

test-tsan: deps tsan  ## run the programs with threads under ThreadSanitizer
	@scripts/dev/test-tsan

test-web: site  ## use the pages of `coro viz` and of the lessons in a headless Chromium
	@scripts/dev/test-web

coverage: deps-test  ## say which lines of the C code the tests run
	@scripts/dev/line-coverage

MINUTES ?= 20
soak: all  ## run a server, a pipeline and a session under load for MINUTES=20
	@build/coro scripts/soak/soak.coro $(MINUTES)

analyse: deps-test $(GEN)/parser.h  ## look through the C code with clang-tidy, cppcheck and gcc -fanalyzer
	@scripts/dev/analyse

test-valgrind: all  ## run some programs under valgrind
	@$(MAKE) -s --no-print-directory MODE=release build/release/coro-freeing
	@scripts/dev/test-valgrind

test-faults: all  ## let each allocation and each call of the system fail in turn
	@build/coro scripts/dev/test-faults.coro

test-operator: deps  ## build the source with the last lesson's operator, and try it
	@scripts/dev/test-operator

debug tsan: deps  ## build one mode: build/debug, build/tsan
	@$(MAKE) -s --no-print-directory -j$(JOBS) MODE=$@ build/$@/coro

release: deps  ## build build/coro anew, a twentieth faster by a profile of the benchmarks (gcc)
	@scripts/dev/release $(JOBS)
	@$(MAKE) -s --no-print-directory all

tests: $(B)/coro $(B)/run-tests

bench: release  ## measure against what is installed of python3, uvloop, lua5.4, luajit, node and go
	@scripts/bench/run

bench-smoke: all  ## compare instruction counts with recorded figures (callgrind)
	@scripts/bench/smoke

pictures: all  ## draw the pictures in the lessons' texts anew
	@build/coro scripts/dev/pictures.coro

site: all  ## build the lessons as web pages: build/site
	@scripts/site/build

fuzz: deps  ## search for inputs that break Coro (clang), SECONDS=… for each target
	@scripts/dev/fuzz all $(SECONDS)

fuzz-short: deps  ## try inputs made by chance for some seconds, in the debug build (no clang)
	@scripts/dev/fuzz-short

fuzz-smoke: deps  ## the same for a minute in all
	@scripts/dev/fuzz smoke

dist: deps  ## write a tarball that builds without re2c and bison: build/coro-VERSION.tar.gz
	@scripts/dist/tarball $(VERSION)

deb: dist  ## build Debian packages of it: build/deb
	@scripts/dist/deb $(VERSION)

# DEPS=no: nothing is looked for, nothing is installed.
deps:
	@[ "$(DEPS)" = no ] || READLINE=$(READLINE) scripts/dev/deps

deps-test:
	@[ "$(DEPS)" = no ] || READLINE=$(READLINE) scripts/dev/deps test

# ---- the binary. V=1 shows the commands in full.

ifeq ($(V),1)
show =
else
show = @echo "  $(1)	$@";
endif

build/coro: deps
	@$(MAKE) -s --no-print-directory -j$(JOBS) MODE=release build/release/coro
	@cp -f build/release/coro $@.new && mv -f $@.new $@

$(B)/coro: $(B)/src/main.o $(B)/libcoro.a
	$(call show,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# It gives all memory back at the end: what valgrind then finds is a leak.
$(B)/coro-freeing: $(B)/src/main.o $(B)/src/embed-freeing.o $(B)/libcoro.a
	$(call show,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/src/embed-freeing.o: src/embed.c $(B)/src/embed.o
	$(call show,CC)$(CC) $(STD) $(CPPFLAGS) $(CFLAGS) $(INCLUDES) -DCORO_FREE_ALL -c $< -o $@

$(B)/libcoro.a: $(OBJECTS)
	$(call show,AR)rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c | $(GEN)/parser.h
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(STD) $(CPPFLAGS) $(CFLAGS) $(INCLUDES) -MMD -MP -c $< -o $@

# gcc's own advice for computed gotos: 2 to 10 % faster calls (scripts/bench/fib.coro).
ifeq ($(findstring clang,$(CC)),)
$(B)/runtime/interp.o: CFLAGS += -fno-gcse -fno-tree-loop-distribute-patterns
endif

# ---- generated files

# A tarball (`make dist`) has what bison and re2c make.
GENERATED := $(wildcard grammar/generated)
ifneq ($(GENERATED),)
$(GEN)/%: $(GENERATED)/%
	@mkdir -p $(GEN)
	@cp $< $@
else
$(GEN)/parser.c $(GEN)/parser.h &: grammar/parser.y
	@mkdir -p $(GEN)
	$(call show,BISON)bison -Wall -Wcounterexamples -Werror -o $(GEN)/parser.c --header=$(GEN)/parser.h $<

$(GEN)/lexer.c: grammar/lexer.re
	@mkdir -p $(GEN)
	$(call show,RE2C)re2c -W -Werror -i -o $@ $<
endif

$(GEN)/freeze: $(B)/scripts/dev/freeze.o $(filter-out $(GEN)/library.o,$(OBJECTS))
	$(call show,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(GEN)/library.c: $(GEN)/freeze $(LIBRARY_FILES)
	$(call show,FREEZE)$(GEN)/freeze runtime/lib $(LIBRARY_FILES) > $@

# The parts of the page of `coro viz`, as arrays.
VIZ_PARTS := src/viz/page.html src/viz/page.css src/viz/page.js
$(GEN)/vizpage.c: $(VIZ_PARTS)
	@mkdir -p $(GEN)
	$(call show,EMBED)for part in $(VIZ_PARTS); do \
	  echo "extern const unsigned char viz_$${part##*.}[];"; \
	  echo "const unsigned char viz_$${part##*.}[] = {"; \
	  od -An -v -tx1 $$part | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'; echo "0};"; done > $@

# The lessons: all files one after the other, and the path and size of each.
LESSON_FILES := $(sort $(wildcard tutorial/[0-9]*-*/*))
$(GEN)/lessondata.c: $(LESSON_FILES) $(wildcard tutorial/[0-9]*-*)
	@mkdir -p $(GEN)
	$(call show,EMBED){ echo '#include "lessons.h"'; echo 'const unsigned char lesson_data[] = {'; \
	  cat $(LESSON_FILES) | od -An -v -tx1 | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'; echo '0};'; \
	  echo 'const LessonFile lesson_files[] = {'; for file in $(LESSON_FILES); do \
	  echo "{\"$${file#tutorial/}\", $$(wc -c < $$file)},"; done; echo '{0, 0}};'; } > $@

$(GEN)/%.o: $(GEN)/%.c $(GEN)/parser.h
	$(call show,CC)$(CC) $(STD) $(CPPFLAGS) $(CFLAGS) $(INCLUDES) -MMD -MP -c $< -o $@

# ---- tests

$(B)/run-tests: $(TEST_OBJECTS) $(B)/libcoro.a
	$(call show,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) $(TEST_LIBS)

# ---- fuzzing

# What a target's program calls to end the process ends one run of it (tests/fuzz/fuzz.h).
$(B)/fuzz-%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/fuzz.o $(B)/libcoro.a
	$(call show,LINK)$(CC) $(LDFLAGS) -fsanitize=fuzzer -Wl,--wrap=exit,--wrap=_exit,--wrap=_Exit \
	  -o $@ $^ $(LIBS)

# A target without libFuzzer, in the debug build.
$(B)/short-%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/fuzz.o $(B)/tests/fuzz/standalone.o $(B)/libcoro.a
	$(call show,LINK)$(CC) $(LDFLAGS) -Wl,--wrap=exit,--wrap=_exit,--wrap=_Exit -o $@ $^ $(LIBS)

FUZZ_TARGETS := $(filter-out fuzz standalone,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
fuzzers: $(FUZZ_TARGETS:%=$(B)/fuzz-%)
.PRECIOUS: $(B)/tests/fuzz/%.o

# ---- installing

LIBDIR ?= $(PREFIX)/lib
D := $(DESTDIR)$(PREFIX)
L := $(DESTDIR)$(LIBDIR)
BASH_COMPLETION := $(D)/share/bash-completion/completions/coro
ZSH_COMPLETION := $(D)/share/zsh/site-functions/_coro
FISH_COMPLETION := $(D)/share/fish/vendor_completions.d/coro.fish
NANO_FILE := $(D)/share/nano/coro.nanorc
VIM_FILES := $(patsubst editors/vim/%,$(D)/share/vim/vimfiles/%,$(wildcard editors/vim/*/coro.vim))
INSTALLED := $(D)/bin/coro $(L)/libcoro.a $(D)/include/coro.h $(L)/pkgconfig/coro.pc \
             $(D)/share/man/man1/coro.1 $(NANO_FILE) $(VIM_FILES) $(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION)

install: all  ## install into PREFIX (default /usr/local), below DESTDIR if given
	install -d $(sort $(dir $(INSTALLED)))
	install -m 755 build/coro $(D)/bin/coro
	install -m 644 build/release/libcoro.a $(L)/libcoro.a
	install -m 644 runtime/coro.h $(D)/include/coro.h
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@VERSION@|$(VERSION)|' scripts/dist/coro.pc.in \
	  > $(L)/pkgconfig/coro.pc
	install -m 644 scripts/dist/coro.1 $(D)/share/man/man1/coro.1
	install -m 644 editors/nano/coro.nanorc $(NANO_FILE)
	for file in $(VIM_FILES); do \
	  install -m 644 "editors/vim/$${file#$(D)/share/vim/vimfiles/}" "$$file" || exit 1; done
	build/coro completions bash > $(BASH_COMPLETION)
	build/coro completions zsh > $(ZSH_COMPLETION)
	build/coro completions fish > $(FISH_COMPLETION)

uninstall:  ## remove what install put into PREFIX
	rm -f $(INSTALLED)

clean:  ## remove build/
	rm -rf build

FORMATTED := $(wildcard src/*.[ch] runtime/*.[ch] grammar/*.[ch] tests/unit/*.[ch] \
             tests/fuzz/*.[ch])

format:  ## format the C sources with clang-format
	clang-format -i $(FORMATTED)

format-check:  ## say which C sources are not formatted
	clang-format --dry-run --Werror $(FORMATTED)

help:  ## this list
	@grep -E '^[a-z -]+:.*##' Makefile | sed -E 's/^([a-z -]+):[^#]*## */\1\t/' | \
	  awk -F'\t' '{printf "%-16s %s\n", $$1, $$2}'

-include $(OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d) $(B)/src/main.d $(wildcard $(B)/tests/fuzz/*.d)
