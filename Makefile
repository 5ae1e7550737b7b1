# requant. `make help` lists the targets.
#
# Everything goes under $(BUILD)/$(MODE)/; modes never share objects. Useful overrides:
#   CC=clang  CFLAGS=-O3  BUILD=/tmp/mine  PREFIX=/usr  TEST=base (only tests/unit/test_base*.c)
#   LIBDIR=lib/x86_64-linux-gnu (below PREFIX)
#   WITH_MPI=1 (calibrate, evaluate, analyze and tune under mpirun; libopenmpi-dev)
#   V=1 (whole compiler lines)  ROOMS="engine/base engine/ir"  (build only these, for example while another room is broken)

MODE   ?= release
BUILD  ?= build
PREFIX ?= /usr/local
LIBDIR ?= lib
STRIP  ?= strip
PKG_CONFIG ?= pkg-config
TEST   ?=
WITH_MPI ?=
DIR    := $(BUILD)/$(MODE)

ROOMS    ?= engine/base engine/hdf5 engine/ir engine/ops engine/exec engine/import engine/export engine/run \
            engine/workbench engine/api engine/cli datasets calib quant reports
# Libraries as pkg-config knows them, and Debian's packages for them. Of xxHash the header is enough;
# only requant-hdf5 is linked with HDF5, which brings thirty libraries for files on the net.
LINKED    := libxml-2.0=libxml2-dev libpng=libpng-dev zlib=zlib1g-dev libjpeg=libjpeg-dev \
             libwebp=libwebp-dev libtiff-4=libtiff-dev jansson=libjansson-dev yaml-0.1=libyaml-dev \
             libprotobuf-c=libprotobuf-c-dev
LIBRARIES := $(LINKED) hdf5=libhdf5-dev libxxhash=libxxhash-dev
names_of   = $(foreach library,$(1),$(firstword $(subst =, ,$(library))))
PACKAGES  := $(call names_of,$(LIBRARIES))

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith
# Modes that are built to be checked, not to be fast. _FORTIFY_SOURCE hides memory errors from the
# sanitizers; with -O1, gcc warns of uninitialized variables where there are none.
CFLAGS_asan     := -O1 -g1 -fno-omit-frame-pointer
CFLAGS_tsan     := $(CFLAGS_asan)
CFLAGS_lint-gcc := -O2
CFLAGS_clang    := -O2
CFLAGS_fuzz     := $(CFLAGS_asan)
CFLAGS_cover    := -O1 -g --coverage -fprofile-update=atomic
SANITIZE_asan := -fsanitize=address,undefined -fno-sanitize-recover=undefined
SANITIZE_tsan := -fsanitize=thread
# Adding 0 to NULL, as kernels do with values that have no elements, has no effect (and is defined since
# C2y); what really leaves an array the address sanitizer sees.
SANITIZE_fuzz := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=pointer-overflow -fno-sanitize-recover=undefined
SANITIZE := $(SANITIZE_$(MODE))
CFLAGS   ?= $(or $(CFLAGS_$(MODE)),-O3 -g -D_FORTIFY_SOURCE=2)
WERROR   ?=
V        ?=
Q        := $(if $(V),,@)

GOALS := $(filter-out bench-compare clean help uninstall deb dist,$(or $(MAKECMDGOALS),all))
TEST_GOALS := $(filter-out all install demo bench quality stage tarball wheel,$(GOALS))
ifneq ($(GOALS),)
  # What is missing is said in one line, with Debian's names, instead of by the compiler in many.
  package_of = $(lastword $(subst =, ,$(1)))
  no_library = $(if $(shell $(PKG_CONFIG) --exists $(firstword $(subst =, ,$(1))) || echo no),$(call package_of,$(1)))
  no_header  = $(if $(shell $(CC) -E -include $(1) -x c /dev/null >/dev/null 2>&1 || echo no),$(2))
  no_command = $(if $(shell command -v $(1)),,$(2))
  # MPI's flags, as pkg-config knows Open MPI's or as a compiler's wrapper tells them.
  MPI := $(if $(WITH_MPI),$(shell $(PKG_CONFIG) --cflags --libs ompi-c 2>/dev/null || mpicc --showme 2>/dev/null))
  # Without these two nothing can be said of the others.
  MISSING := $(call no_command,$(firstword $(CC)),$(patsubst cc,gcc,$(notdir $(firstword $(CC))))) \
    $(call no_command,$(PKG_CONFIG),pkg-config)
  ifeq ($(strip $(MISSING)),)
    MISSING := $(if $(shell $(PKG_CONFIG) --exists $(PACKAGES) || echo no), \
        $(foreach library,$(LIBRARIES),$(call no_library,$(library)))) \
      $(call no_header,oneapi/dnnl/dnnl.h,libdnnl-dev) \
      $(if $(WITH_MPI),$(if $(MPI),,libopenmpi-dev)) \
      $(call no_command,protoc,protobuf-compiler) $(call no_command,protoc-gen-c,protobuf-c-compiler) \
      $(if $(TEST_GOALS),$(call no_library,cmocka=libcmocka-dev))
  endif
  MISSING := $(strip $(MISSING))
  ifneq ($(MISSING),)
    $(error missing: apt-get install $(MISSING) (or all at once: sh .ci/setup$(if $(TEST_GOALS), --test)))
  endif
  # With what TIFF's of before lack, memory for a file is limited.
  ifneq ($(shell $(PKG_CONFIG) --exists 'libtiff-4 >= 4.5' || echo no),)
    $(error libtiff $(shell $(PKG_CONFIG) --modversion libtiff-4) is too old: requant needs 4.5, which Debian 12 and Ubuntu 24.04 have)
  endif
  PACKAGE_CFLAGS := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(PACKAGES)))
  PACKAGE_LIBS   := $(shell $(PKG_CONFIG) --libs $(call names_of,$(LINKED)))
  HDF5_LIBS      := $(shell $(PKG_CONFIG) --libs hdf5)
  CMOCKA_CFLAGS  := $(if $(TEST_GOALS),$(shell $(PKG_CONFIG) --cflags cmocka))
  CMOCKA_LIBS    := $(if $(TEST_GOALS),$(shell $(PKG_CONFIG) --libs cmocka))
  # What differs between oneDNN's releases has a folder for each.
  ONEDNN := engine/exec/onednn/v$(shell echo DNNL_VERSION_MAJOR | $(CC) -E -P -include oneapi/dnnl/dnnl_version.h -x c - | tail -n 1)
  ifeq ($(wildcard $(ONEDNN)),)
    $(error of oneDNN, requant knows $(notdir $(wildcard engine/exec/onednn/v*)), not the installed $(notdir $(ONEDNN)))
  endif
endif

# -ffp-contract=off: clang would fuse a*b+c where FMA is enabled, and give other bits than gcc.
# -fPIC: one set of objects for program, archive and shared library.
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE $(CPPFLAGS) -I. -isystem $(DIR)/proto $(PACKAGE_CFLAGS) \
              $(WARNINGS) $(WERROR) -ffp-contract=off -fPIC -fno-semantic-interposition -fstack-protector-strong -pthread $(CFLAGS) $(SANITIZE)
LIBS       := -ldnnl -lgomp $(PACKAGE_LIBS) $(filter -L% -l%,$(MPI)) -lm -lpthread -ldl

MAIN     := engine/cli/main.c
# Reads HDF5 files for the program and the library, which look for it beside themselves and in libexec.
HELPER   := $(DIR)/requant-hdf5
# Beside the modes, the files that ship with requant lie as in an installation, so that programs find them
# from where they themselves lie, wherever $(BUILD) is.
SHIPPED  := $(BUILD)/share/requant
# Sources lie at any depth below a room; a room that is not there has none. (`find` without a
# folder would look everywhere: hence /dev/null.)
in_rooms  = $(sort $(shell find $(wildcard $(ROOMS)) /dev/null -name '$(1)'))
MPI_SOURCE := engine/run/transport_mpi.c
SOURCES  := $(filter-out $(if $(WITH_MPI),,$(MPI_SOURCE)) $(addsuffix /%,$(filter-out $(ONEDNN),$(wildcard engine/exec/onednn/v*))),$(call in_rooms,*.c))
PROTOS   := $(patsubst %.proto,$(DIR)/proto/%.pb-c,$(call in_rooms,*.proto))
OBJECTS  := $(patsubst %.c,$(DIR)/%.o,$(filter-out engine/cli/% engine/hdf5/%,$(SOURCES))) $(PROTOS:=.o)
HELPER_OBJECTS := $(patsubst %.c,$(DIR)/%.o,$(filter engine/hdf5/%,$(SOURCES)))
COMMAND_OBJECTS := $(patsubst %.c,$(DIR)/%.o,$(filter-out $(MAIN),$(filter engine/cli/%,$(SOURCES))))
LIBRARY  := $(DIR)/librequant.a
# The part of the program that tests look at, too.
COMMANDS_LIBRARY := $(DIR)/commands.a
# Grows when a program that was linked with the older library would not run with the newer.
SONAME   := librequant.so.0
SHARED   := $(if $(filter engine/api,$(ROOMS)),$(DIR)/librequant.so)
PROGRAM  := $(if $(filter $(MAIN),$(SOURCES)),$(DIR)/requant)
UNIT     := $(sort $(patsubst tests/unit/%.c,$(DIR)/tests/%,$(wildcard tests/unit/test_$(TEST)*.c)))
TOOLS    := $(sort $(patsubst tests/tools/%.c,$(DIR)/tools/%,$(wildcard tests/tools/*.c)))
# Fuzz targets: with libFuzzer (MODE=fuzz), and as programs that run inputs once.
TARGETS  := $(sort $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)))
FUZZERS  := $(TARGETS:%=$(DIR)/fuzz/%)
REPLAYS  := $(TARGETS:%=$(DIR)/replay/%)
FUZZ_SHARED := $(patsubst %.c,$(DIR)/%.o,$(filter-out tests/fuzz/fuzz_%.c tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
# What each takes of it, and of the library, and no more: libFuzzer looks at all of it after every run.
FUZZ_LIBRARY := $(DIR)/fuzz.a
# What tests/fuzz puts in another's place.
FUZZ_WRAPPED := rq_read_file rq_map_file rq_unmap_file rq_read_head rq_file_size rq_is_file rq_hdf5_helper_start rq_hdf5_helper_end
# Of ranks only where they were built (`make check-mpi`).
SCRIPTS  := $(sort $(filter-out %/lib.sh %/roots.sh $(if $(WITH_MPI),,%/mpi.sh),$(wildcard tests/$(TEST)*.sh)))
# Not of the library: the borders of rooms.
COVERING := $(filter-out %/check_layers.sh,$(SCRIPTS))
GCC      ?= gcc
CLANG    ?= clang
SHELL_SCRIPTS = $(shell git grep -lE '^.!/bin/(ba)?sh' -- '*.sh' .ci tests/run tests/fuzz/run)
FORMATTED = $(shell git ls-files '*.c' '*.h')
# What takes longest is started first, so that it does not end alone.
RUN      := FIRST="tests/interop.sh tests/lint.sh" PROGRAM=$(PROGRAM) BUILD_DIR=$(DIR) tests/run

.PHONY: all unit tools replays fuzzers fuzz fuzz-run interposer faults faults-sample check asan tsan valgrind lint lint-gcc lint-clang clang to-onnx frameworks differential more-checks \
        cover demo install uninstall clean help FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(LIBRARY) $(SHARED) $(PROGRAM) $(HELPER) ## the library and the program (build/release/requant)

unit: $(UNIT)

tools: $(TOOLS)

replays: $(REPLAYS)

fuzzers: $(FUZZERS)

# tests/interop.sh takes its ONNX models from a unit test.
check: unit $(if $(SCRIPTS),all tools) $(if $(filter %/fuzz.sh,$(SCRIPTS)),replays) $(if $(filter %/interop.sh,$(SCRIPTS)),$(DIR)/tests/test_onnx_backend) ## all tests; TEST=name only those whose name begins so
	@$(RUN) $(UNIT) $(SCRIPTS)

asan: ## the unit tests under the address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory MODE=asan all unit
	@$(MAKE) --no-print-directory MODE=asan run-unit

tsan: ## the unit tests under the thread sanitizer
	@$(MAKE) --no-print-directory MODE=tsan all unit
	@$(MAKE) --no-print-directory MODE=tsan run-unit

fuzz: ## fuzz targets, one per parser (build/fuzz/fuzz/NAME), with clang and libFuzzer
	@$(MAKE) --no-print-directory MODE=fuzz CC='$(CLANG)' WERROR=-Werror fuzzers

# Which calls fail is drawn by FAULT_SEED: always the same ones, as luck is no judge of a change;
# FAULT_SEED= draws anew.
FAULT_SAMPLE ?= 4
FAULT_SEED ?= 5
INTERPOSER := $(DIR)/faults/fail_nth.so
SWEEP = python3 tests/faults/sweep.py $(PROGRAM) $(INTERPOSER)
interposer: $(INTERPOSER)
faults: all interposer ## let each call for memory and to files fail, under all commands (hours)
	@$(SWEEP)
faults-sample: all interposer ## the same with FAULT_SAMPLE (4) calls of each command and kind
	@$(SWEEP) --sample $(FAULT_SAMPLE) $(if $(FAULT_SEED),--seed $(FAULT_SEED))

FUZZ_SECONDS ?= 30
fuzz-run: fuzz ## all fuzz targets, two at a time, FUZZ_SECONDS (30) each
	@tests/fuzz/run $(BUILD)/fuzz/fuzz $(FUZZ_SECONDS) $(TARGETS)

# What valgrind 3.19 cannot follow: libjpeg-turbo's SIMD, whose defined pixels it calls undefined,
# and oneDNN's long unrolled kernels, unless it takes them in short blocks. Tests that let memory run out
# keep their own malloc.
# oneDNN's AVX2 products read a vector beyond what they packed themselves, in code that has no name to tell it by.
valgrind: all unit ## the unit tests under valgrind's memory checker
	@JSIMD_FORCENONE=1 ONEDNN_MAX_CPU_ISA=SSE41 WRAP="valgrind -q --soname-synonyms=somalloc=nouserintercepts --vex-guest-max-insns=20 --leak-check=full \
	  --error-exitcode=9 --suppressions=tests/valgrind.supp" $(RUN) $(UNIT)

.PHONY: run-unit
run-unit: unit
	@$(RUN) $(UNIT)

# Builds with a compiler's every warning an error.
lint-gcc:
	@$(MAKE) --no-print-directory MODE=lint-gcc CC='$(GCC)' WERROR=-Werror all tools unit replays interposer
lint-clang:
	@$(MAKE) --no-print-directory MODE=clang CC='$(CLANG)' WERROR=-Werror all tools unit replays interposer

lint: ## room borders, formatting, shell scripts, and gcc and clang without a warning
	bash tests/check_layers.sh
	clang-format --dry-run -Werror $(FORMATTED)
	! grep -nP '\t' $(FORMATTED)
	shellcheck $(SHELL_SCRIPTS)
	@$(MAKE) --no-print-directory lint-gcc
	@$(MAKE) --no-print-directory lint-clang

clang: ## build with clang, and run the unit tests
	@$(MAKE) --no-print-directory lint-clang
	@$(MAKE) --no-print-directory MODE=clang CC='$(CLANG)' WERROR=-Werror run-unit

# tests/interop.sh takes some of the cases, and makes the environment.
to-onnx: all tools ## every operator written as ONNX: ONNX Runtime against OpenVINO
	$(BUILD)/venv/bin/python tests/interop/test_to_onnx.py $(DIR)/tools/ir_to_onnx

frameworks: all ## import against TensorFlow and TensorFlow Lite, operator by operator
	PROGRAM=$(PROGRAM) BUILD_DIR=$(DIR) tests/interop/frameworks.sh

# Makes the environments as tests/interop.sh does; a graph again: its script with --seed N --count 1.
differential: all ## random small graphs of ONNX, TensorFlow and Caffe against their runtimes
	PROGRAM=$(PROGRAM) BUILD_DIR=$(DIR) tests/interop/differential.sh

.PHONY: check-mpi
# One object of a build differs, which the next make without MPI makes again.
check-mpi: ## build with MPI, and test ranks
	@$(MAKE) --no-print-directory WITH_MPI=1 check TEST=mpi

# One after another, the next one even if one fails: a reader of the log wants to know all.
# In CI a build goes once it has passed, lint's with that of clang, which goes on from it: no disk need hold all.
PASSED_BUILDS = $(addprefix $(BUILD)/,lint-gcc clang asan tsan fuzz)
more-checks: ## what check does not do and CI does: lint, clang, asan, tsan, fuzzing, failing calls, all of to-onnx, frameworks, random graphs, MPI
	@failed=; for part in lint clang asan tsan fuzz-run faults-sample to-onnx frameworks differential check-mpi; do \
	  echo "== make $$part"; \
	  if ! $(MAKE) --no-print-directory $$part; then failed="$$failed $$part"; \
	  elif [ "$(CI)" ] && [ $$part != lint ] && [ -z "$$failed" ]; then rm -rf $(PASSED_BUILDS); fi; \
	done; if [ "$$failed" ]; then echo "more-checks: failed:$$failed"; exit 1; fi

cover: ## which lines the tests run, room by room; build/cover/not_run.txt has the others
	@$(MAKE) --no-print-directory MODE=cover check-covered

.PHONY: check-covered
check-covered: all tools unit replays
	@find $(DIR) -name '*.gcda' -delete
	@code=0; $(RUN) $(UNIT) $(COVERING) || code=1; \
	  python3 tests/tools/cover.py $(DIR) "$(ROOMS)" || code=1; exit $$code

demo: all ## quantize the ResNet-8 that ships with requant, and show the report
	$(PROGRAM) demo -o $(BUILD)/demo

.PHONY: bench
bench: all ## requant against OpenVINO, NNCF and ONNX Runtime: ratios (tests/bench/run.sh)
	sh tests/bench/run.sh $(PROGRAM) $(BUILD)/bench

.PHONY: bench-compare
bench-compare: ## two runs of bench (build/bench/history): A=old.json B=new.json; fails if a ratio fell by a tenth
	@python3 tests/bench/compare.py $(A) $(B)

.PHONY: quality
quality: all ## accuracy and speed of INT8 models beside NNCF's, in OpenVINO (tests/quality/run.sh)
	sh tests/quality/run.sh $(PROGRAM) $(BUILD)/quality

VERSION := $(shell sed -n 's/^.define RQ_VERSION "\(.*\)".*/\1/p' engine/base/version.h)

.PHONY: deb dist
deb: ## Debian packages for the release that it runs on, in build/deb
	@.ci/packaging/deb $(VERSION) $(BUILD)/deb

# The same commit gives the same bytes.
dist: ## what is committed, as build/requant-VERSION.tar.gz
	@mkdir -p $(BUILD)
	@git diff --quiet HEAD || echo 'dist: without the changes that are not committed'
	@git archive --format=tar --prefix=requant-$(VERSION)/ HEAD | gzip -9n >$(BUILD)/requant-$(VERSION).tar.gz
	@sha256sum $(BUILD)/requant-$(VERSION).tar.gz

# What is installed, as SOURCE:PLACE below $(PREFIX). The program writes its own help, and finds what it
# needs from where it lies, so that the prefix can be moved.
COMMANDS  := $(shell sed -n 's/^RQ_COMMAND(\(.*\))$$/\1/p' engine/cli/commands.def)
PAGES     := man1/requant.1 $(COMMANDS:%=man1/requant-%.1) man5/requant-data.5
HELP      := $(addprefix $(DIR)/help/,$(PAGES) requant.bash _requant)
DOC       := share/doc/requant
# Of files that requant reads and writes; the other modules' READMEs are for whom changes them.
FILES_TOLD := calib/README.md configs/README.md reports/README.md reports/report.png
INSTALLED := $(DIR)/requant:bin/requant \
             $(HELPER):libexec/requant/requant-hdf5 \
             $(foreach file,$(SONAME) librequant.so librequant.a,$(DIR)/$(file):$(LIBDIR)/$(file)) \
             $(DIR)/api/requant.h:include/requant.h \
             engine/base/requant_types.h:include/requant_types.h \
             engine/ops/requant_extension.h:include/requant_extension.h \
             engine/cli/starter/requant_openvino.cpp:share/requant/requant_openvino.cpp \
             $(DIR)/api/requant.pc:$(LIBDIR)/pkgconfig/requant.pc \
             engine/api/python/requant.py:share/requant/python/requant.py \
             $(foreach file,$(notdir $(wildcard reports/schemas/*.json)),reports/schemas/$(file):share/requant/schemas/$(file)) \
             $(foreach file,$(wildcard configs/*.yaml),$(file):share/requant/$(file)) \
             $(foreach file,$(shell find datasets/demo -type f),$(file):share/requant/$(file:datasets/%=%)) \
             $(foreach file,README.md CHANGELOG.md LICENSE $(FILES_TOLD),$(file):$(DOC)/$(file)) \
             $(foreach file,main_job.c run_parts.c run_parts.py,tests/api/$(file):$(DOC)/examples/$(file)) \
             $(foreach page,$(PAGES),$(DIR)/help/$(page):share/man/$(page)) \
             $(DIR)/help/requant.bash:share/bash-completion/completions/requant \
             $(DIR)/help/_requant:share/zsh/site-functions/_requant
# Folders of our own.
OWN_FOLDERS := libexec/requant share/requant $(DOC)

# STRIP=: with what debuggers read.
install: all $(HELP) $(DIR)/api/requant.h $(DIR)/api/requant.pc ## into $(DESTDIR)$(PREFIX): program, library, share/requant, manual pages, completion
	@set -e; echo '  install $(words $(INSTALLED)) files below $(DESTDIR)$(PREFIX)'; for file in $(INSTALLED); do \
	  from=$${file%%:*} to="$(DESTDIR)$(PREFIX)/$${file#*:}" mode=644 strip='$(STRIP)'; \
	  if [ -x $$from ]; then mode=755; fi; \
	  if [ -h $$from ]; then ln -sf $$(readlink $$from) "$$to"; continue; fi; \
	  install -D -m $$mode $$from "$$to"; \
	  case $$from in $(DIR)/requant | $(HELPER)) ;; *.so.* | *.a) strip="$${strip:+$$strip -g}" ;; *) strip= ;; esac; \
	  if [ "$$strip" ]; then $$strip "$$to"; fi; \
	done

uninstall: ## take away what install brought, and its own folders if they are empty then
	@rm -rf "$(DESTDIR)$(PREFIX)/share/requant/python/__pycache__" # Python's, where it was used as root
	@cd "$(DESTDIR)$(PREFIX)" && rm -f $(foreach file,$(INSTALLED),$(lastword $(subst :, ,$(file))))
	@cd "$(DESTDIR)$(PREFIX)" && find $(OWN_FOLDERS) -depth -type d -empty -delete 2>/dev/null || true

$(DIR)/help/man%: WHAT = --man $(patsubst requant-%,%,$(basename $(@F)))
$(DIR)/help/requant.bash: WHAT := --completion bash
$(DIR)/help/_requant: WHAT := --completion zsh
$(HELP): $(DIR)/requant
	@mkdir -p $(@D)
	$(Q)$< help $(WHAT) >$@

# As programs see it: both headers lie in one folder.
$(DIR)/api/requant.h: engine/api/requant.h
	@mkdir -p $(@D)
	$(Q)sed 's|"engine/base/requant_types.h"|"requant_types.h"|' $< >$@
# Finds its folder by itself, wherever $(PREFIX) is.
$(DIR)/api/requant.pc: engine/api/requant.pc.in engine/base/version.h $(DIR)/flags $(DIR)/places
	@mkdir -p $(@D)
	$(Q)sed -e 's|@VERSION@|$(VERSION)|' \
	  -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@UP@|$(subst $(eval) ,/,$(patsubst %,..,$(subst /, ,$(LIBDIR)/pkgconfig)))|' \
	  -e 's|@LIBS@|$(LIBS)|' $< >$@

# What packages are made of: built so that it runs anywhere, and installed in a folder of its own.
STAGE := $(BUILD)/portable/stage
.PHONY: stage tarball wheel
stage:
	@rm -rf $(STAGE)
	@$(MAKE) --no-print-directory MODE=portable DESTDIR=$(STAGE) PREFIX= LIBDIR=lib install
	sh .ci/packaging/stage.sh $(BUILD)/portable $(STAGE)
tarball: stage ## an archive in build/dist, to be unpacked and run on any Linux with this glibc or a later one
	sh .ci/packaging/tarball.sh $(STAGE) $(BUILD)/dist
wheel: stage ## the same for pip, with the Python module
	sh .ci/packaging/wheel.sh $(STAGE) $(BUILD)/dist

clean: ## remove everything that was built
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
	  while IFS='|' read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

# Stamps: what the compiler is called with, and which objects make the library. They change
# only with their content, so that another CC, or a source removed, rebuilds what it must. Make itself writes
# them, and ar and the linker read them: lists as long as these are too long for a shell where $(BUILD) is deep.
# `make -n` and -q read the recipe, too: then nothing may be written.
only_reads = $(strip $(foreach flag,n q,$(findstring $(flag),$(firstword -$(MAKEFLAGS)))))
write_new = $(shell mkdir -p $(@D))$(file >$@.new,$(1))
stamp = $(if $(only_reads),,$(write_new))@cmp -s $@.new $@ || cp $@.new $@; rm $@.new
$(DIR)/flags: FORCE
	$(call stamp,$(CC) $(ALL_CFLAGS))
$(DIR)/places: FORCE
	$(call stamp,$(LIBDIR))
$(DIR)/objects: FORCE
	$(call stamp,$(OBJECTS))
$(DIR)/command_objects: FORCE
	$(call stamp,$(COMMAND_OBJECTS))
$(DIR)/mpi: FORCE
	$(call stamp,$(WITH_MPI) $(MPI))
# The only objects that differ by WITH_MPI.
$(DIR)/engine/run/ranks.o $(MPI_SOURCE:%.c=$(DIR)/%.o): EXTRA_CFLAGS = $(if $(WITH_MPI),-DRQ_WITH_MPI $(patsubst -I%,-isystem %,$(filter -I%,$(MPI))))
$(DIR)/engine/run/ranks.o $(MPI_SOURCE:%.c=$(DIR)/%.o): $(DIR)/mpi

$(DIR)/%.o: %.c $(DIR)/flags
	@mkdir -p $(@D)
	@$(if $(V),,echo '  cc    $<')
	$(Q)$(CC) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -MMD -MP -c $< -o $@
# Not among ALL_CFLAGS: with and without tests, the library's objects are the same.
$(DIR)/tests/%.o: EXTRA_CFLAGS = $(CMOCKA_CFLAGS)

# Readers of protocol buffers, made from the .proto files. Their warnings are protoc-gen-c's.
$(DIR)/proto/%.pb-c.c $(DIR)/proto/%.pb-c.h: %.proto
	@mkdir -p $(DIR)/proto
	@$(if $(V),,echo '  proto $<')
	$(Q)protoc --c_out=$(DIR)/proto $<
$(DIR)/proto/%.o: $(DIR)/proto/%.c $(DIR)/flags
	@$(if $(V),,echo '  cc    $<')
	$(Q)$(CC) $(ALL_CFLAGS) -w -MMD -MP -c $< -o $@
$(OBJECTS) $(COMMAND_OBJECTS) $(UNIT:$(DIR)/tests/%=$(DIR)/tests/unit/%.o) $(TOOLS:$(DIR)/%=$(DIR)/tests/%.o) $(FUZZ_SHARED): | $(PROTOS:=.h)

# What the assembler puts into the program.
$(DIR)/engine/cli/starter/starter.o: $(wildcard engine/cli/starter/*.in engine/cli/starter/*.cpp) engine/ops/requant_extension.h
$(DIR)/reports/html/assets.o: reports/html/report.css reports/html/report.js

$(LIBRARY): $(OBJECTS) $(DIR)/objects
	@rm -f $@
	@$(if $(V),,echo '  ar    $@')
	$(Q)$(AR) rcs $@ @$(DIR)/objects

$(COMMANDS_LIBRARY): $(COMMAND_OBJECTS) $(DIR)/command_objects
	@rm -f $@
	@$(if $(V),,echo '  ar    $@')
	$(Q)$(AR) rcs $@ @$(DIR)/command_objects

# Programs see what requant.map lists, and nothing else.
$(DIR)/$(SONAME): $(OBJECTS) $(DIR)/objects engine/api/requant.map | $(SHIPPED)
	@$(if $(V),,echo '  link  $@')
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) \
	  -Wl,--version-script,engine/api/requant.map @$(DIR)/objects $(LIBS) -o $@
$(DIR)/librequant.so: $(DIR)/$(SONAME)
	$(Q)ln -sf $(SONAME) $@

$(SHIPPED): FORCE
	@mkdir -p $@ && ln -srfn configs datasets/demo $@/

$(DIR)/requant: $(DIR)/$(MAIN:.c=.o) $(COMMANDS_LIBRARY) $(LIBRARY) | $(HELPER) $(SHIPPED)
	@$(if $(V),,echo '  link  $@')
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

$(HELPER): $(HELPER_OBJECTS) $(LIBRARY)
	@$(if $(V),,echo '  link  $@')
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -Wl,--as-needed $(HDF5_LIBS) $(LIBS) -o $@

$(DIR)/tests/%: $(DIR)/tests/unit/%.o $(COMMANDS_LIBRARY) $(LIBRARY) | $(HELPER) $(SHIPPED)
	@mkdir -p $(@D)
	@$(if $(V),,echo '  link  $@')
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(CMOCKA_LIBS) $(TEST_LIBS) $(LIBS) -o $@
# What writes its files by the library itself.
$(DIR)/tests/test_hdf5_%: TEST_LIBS = $(HDF5_LIBS)

$(FUZZ_LIBRARY): $(FUZZ_SHARED)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
FUZZ_LDFLAGS = $(LDFLAGS) $(FUZZ_WRAPPED:%=-Wl,--wrap=%)
$(DIR)/fuzz/%: $(DIR)/tests/fuzz/fuzz_%.o $(FUZZ_LIBRARY) $(LIBRARY) | $(HELPER)
	@mkdir -p $(@D)
	@$(if $(V),,echo '  link  $@')
	$(Q)$(CC) $(ALL_CFLAGS) $(FUZZ_LDFLAGS) -fsanitize=fuzzer $^ $(LIBS) $(FUZZ_LIBS) -o $@
$(DIR)/replay/%: $(DIR)/tests/fuzz/fuzz_%.o $(DIR)/tests/fuzz/replay.o $(FUZZ_LIBRARY) $(LIBRARY) | $(HELPER)
	@mkdir -p $(@D)
	@$(if $(V),,echo '  link  $@')
	$(Q)$(CC) $(ALL_CFLAGS) $(FUZZ_LDFLAGS) $^ $(LIBS) $(FUZZ_LIBS) -o $@
# The helper's own code, in the target's process.
HELPER_PARTS := $(filter-out %/main.o,$(HELPER_OBJECTS))
$(DIR)/fuzz/hdf5 $(DIR)/replay/hdf5: $(HELPER_PARTS)
$(DIR)/fuzz/hdf5 $(DIR)/replay/hdf5: FUZZ_WRAPPED += exit
$(DIR)/fuzz/image $(DIR)/replay/image: FUZZ_WRAPPED += rq_image_check_size rq_image_reserve
$(DIR)/fuzz/hdf5 $(DIR)/replay/hdf5: FUZZ_LIBS = $(HDF5_LIBS)

# Preloaded into the program: no sanitizer, whatever the mode.
$(DIR)/faults/%.so: tests/faults/%.c
	@mkdir -p $(@D)
	@$(if $(V),,echo '  link  $@')
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(WERROR) -O1 -g -fPIC -shared $< -ldl -o $@

# What tests load by --extensions; broken.c is broken in many ways, each in a library of its own.
LOADED := $(DIR)/extensions/sample.so $(foreach i,0 1 2 3 4 5 6 7 8 9 10,$(DIR)/extensions/broken_$(i).so)
BUILD_EXTENSION = @mkdir -p $(@D); $(if $(V),,echo '  link  $@';) \
  $(CC) -std=c11 -I. $(WARNINGS) $(WERROR) -g -fPIC -shared $(1) $< -o $@
$(DIR)/extensions/broken_%.so: tests/extensions/broken.c engine/ops/requant_extension.h
	$(call BUILD_EXTENSION,-DBROKEN=$*)
$(DIR)/extensions/%.so: tests/extensions/%.c engine/ops/requant_extension.h
	$(call BUILD_EXTENSION)
$(filter %_extension %_caffe_custom %_ir_operator,$(UNIT)): | $(LOADED)

ifeq ($(MODE),portable)
  include .ci/packaging/portable.mk
endif

# Small programs that the test scripts call.
$(DIR)/tools/%: $(DIR)/tests/tools/%.o $(LIBRARY)
	@mkdir -p $(@D)
	@$(if $(V),,echo '  link  $@')
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(CMOCKA_LIBS) $(LIBS) -o $@

-include $(shell find $(DIR) -name '*.d' 2>/dev/null)
