# GNU make. Commands are cmd/rec-*.c over the library lib/*/*.c; both are globbed,
# so a new file needs no line here. All output is under $(BUILD).
#
#   make                           build all commands (BUILD/bin)
#   make check                     tests; SAN=address,undefined for sanitizers
#   make check-long                random tests, for longer; see tests/check
#   make CC=musl-gcc               another compiler or libc
#   make demo                      questions about tests/data, each with the pipeline that answers it
#   make play                      a shell in a scratch copy of tests/data, with the commands in PATH
#   make html                      the manual pages for a browser (BUILD/html), by mandoc
#   make bench                     compares speed with other programs
#   make install PREFIX=/usr/local DESTDIR=

PREFIX ?= /usr/local
BUILD  ?= build
AR     ?= ar
CFLAGS ?= -O2 -g
SAN    ?=
WERROR ?=

VERSION := 0.1.0
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wwrite-strings
# The prefix map keeps this folder's name out of the debug information: the same sources give the same bytes.
FLAGS   := -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -iquote lib -iquote tests $(WARN) $(if $(WERROR),-Werror) \
           -ffile-prefix-map=$(CURDIR)=. -pthread $(if $(FUZZER),-DFUZZER -fsanitize=fuzzer-no-link) \
           $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)

# Names of libc are looked up at the start, not by their first use: that one needs more stack than a signal may find.
LINK    := -Wl,-z,now

LIBOBJ  := $(patsubst lib/%.c,$(BUILD)/lib/%.o,$(sort $(wildcard lib/*/*.c)))
CMDS    := $(patsubst cmd/%.c,$(BUILD)/bin/%,$(sort $(wildcard cmd/*.c)))
UNITS   := $(patsubst tests/%.c,$(BUILD)/%,$(sort $(wildcard tests/unit/*/*.c tests/tools/*.c tests/model/*.c)))
FUZZ    := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(sort $(wildcard tests/fuzz/*.c)))
BENCH   := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(sort $(wildcard tests/bench/*.c)))
SHIM    := $(patsubst tests/fault/%.c,$(BUILD)/fault/%.so,$(sort $(wildcard tests/fault/*.c)))

all: $(CMDS)

# The flags are in a file that changes only when they do, and every object depends on it: a change of
# CC, CFLAGS or SAN builds all anew instead of linking objects of two kinds.
MADEBY = $(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) $(LINK) $(LDFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D); echo '$(MADEBY)' | cmp -s - $@ || echo '$(MADEBY)' >$@

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/librec.a: $(LIBOBJ)
	rm -f $@; $(AR) rcsD $@ $^

$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(BUILD)/librec.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lm

$(UNITS) $(BENCH): $(BUILD)/%: $(BUILD)/tests/%.o $(BUILD)/librec.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

# A fuzz harness is one function; main.h gives it a main that replays a corpus. With FUZZER=1 it
# gets libFuzzer's instead:
# make CC=clang FUZZER=1 SAN=address,undefined BUILD=build-fuzz fuzz && build-fuzz/fuzz/block -max_total_time=600 CORPUS
fuzz: $(FUZZ)
$(FUZZ): $(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/librec.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(if $(FUZZER),-fsanitize=fuzzer) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

# The shims are preloaded into finished commands, so they are built without sanitizers. They are
# linked to no libc: those commands start others, such as sh, whose libc may be another than CC's.
$(SHIM): $(BUILD)/fault/%.so: tests/fault/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -fPIC -shared -nostdlib -o $@ $<

# All that can be built, without running any of it.
programs: all $(UNITS) $(FUZZ) $(SHIM) $(BENCH)

check: all $(UNITS) $(FUZZ) $(SHIM)
	@BUILD='$(abspath $(BUILD))' SAN='$(SAN)' tests/check

# Random tests, for longer: REC_SECONDS each.
check-long: all $(UNITS) $(FUZZ) $(SHIM)
	@BUILD='$(abspath $(BUILD))' SAN='$(SAN)' REC_LONG=1 tests/check

lint:
	@tests/lint

bench: all $(BENCH)
	@BUILD='$(abspath $(BUILD))' tests/bench/run

demo: all
	@PATH='$(abspath $(BUILD))/bin':"$$PATH" tests/demo

# The copy is removed when the shell ends, whatever the status of its last command was.
play: all
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && cp tests/data/* "$$dir" && cd "$$dir" && \
	echo "This shell is in a copy of tests/data, $$dir, which goes when you leave (exit)." && \
	{ PATH='$(abspath $(BUILD))/bin':"$$PATH" "$${SHELL:-sh}" || :; }

html: $(patsubst man/%,$(BUILD)/html/%.html,$(sort $(wildcard man/*.[157])))
$(BUILD)/html/%.html: man/%
	@mkdir -p $(@D)
	mandoc -T html -O 'toc,man=%N.%S.html' $< >$@ || { rm -f $@; exit 1; }

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(addprefix $(DESTDIR)$(PREFIX)/share/man/man,1 5 7)
	install -m 755 $(CMDS) $(DESTDIR)$(PREFIX)/bin
	for s in 1 5 7; do install -m 644 man/*.$$s $(DESTDIR)$(PREFIX)/share/man/man$$s || exit; done

uninstall:
	cd $(DESTDIR)$(PREFIX)/bin && rm -f $(notdir $(CMDS))
	for s in 1 5 7; do (cd man && ls *.$$s) | (cd $(DESTDIR)$(PREFIX)/share/man/man$$s && xargs rm -f); done

clean:
	rm -rf $(BUILD)

FORCE:
.PHONY: all programs check check-long fuzz lint bench demo play html install uninstall clean FORCE
.SECONDARY:

-include $(wildcard $(BUILD)/lib/*/*.d $(BUILD)/cmd/*.d $(BUILD)/tests/*/*.d $(BUILD)/tests/unit/*/*.d)
