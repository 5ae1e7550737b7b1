# MODE=portable: a program and a library that need no package of where they run, but for glibc and the C++
# library. The archives of Debian's -dev packages are linked in. Shared stay oneDNN, which has no archive, OpenMP,
# of which oneDNN and requant must have the same, and LERC, whose archive is not position-independent.
# Left out are
# - HDF5's files on the network, with curl and OpenSSL (without_ros3.c);
# - ICU: libxml2 asks iconv first, which knows as many encodings (without_icu.c);
# - JBIG in TIFF: its library is under the GPL (without_jbig.c).
NOT_LINKED    := -licu% -ljbig -lcurl -lcrypto -lssl
SHARED_LIBS   := -lLerc -ldnnl -lgomp -lm -lpthread -ldl
static        = -Wl,-Bstatic -Wl,--start-group $(1) -Wl,--end-group -Wl,-Bdynamic
archives_of   = $(filter-out $(NOT_LINKED) $(SHARED_LIBS),$(shell $(PKG_CONFIG) --static --libs-only-l $(1)))
folders_of    = $(shell $(PKG_CONFIG) --libs-only-L $(1))
PORTABLE_OBJECTS := $(patsubst %.c,$(DIR)/%.o,$(wildcard .ci/packaging/*.c))
WITHOUT_ROS3  := $(DIR)/.ci/packaging/without_ros3.o
# Archives are compiled for programs: they address stdin, stdout and stderr as if those lay in the same
# file, which in a library they do not; streams.c has some that do.
LIBS          := $(filter-out $(WITHOUT_ROS3),$(PORTABLE_OBJECTS)) $(foreach stream,stdin stdout stderr,-Wl,--wrap=$(stream)) \
                 $(call static,$(call archives_of,$(call names_of,$(LINKED)))) \
                 -Wl,--as-needed $(SHARED_LIBS) -s
HDF5_LIBS     := $(WITHOUT_ROS3) $(call folders_of,hdf5) $(call static,$(call archives_of,hdf5) -lsz -laec)

# The shared ones lie beside the library; an RPATH, other than a RUNPATH, is for what they need, too.
# *.inputs: what was linked, whose licences go along. No debugging information (-s): it has the path of
# the build in it, by which build IDs would differ.
at_origin = -Wl,--disable-new-dtags -Wl,-rpath,'$$ORIGIN/$(1)' -Wl,--dependency-file=$@.inputs
$(DIR)/requant: LIBS += $(call at_origin,../lib)
$(DIR)/$(SONAME): LIBS += $(call at_origin,)
$(HELPER): LIBS += -Wl,--dependency-file=$@.inputs
$(DIR)/requant $(DIR)/$(SONAME) $(HELPER): | $(PORTABLE_OBJECTS)

# Linked anew when this file changes; the others take the archive.
$(LIBRARY) $(DIR)/$(SONAME): .ci/packaging/portable.mk
