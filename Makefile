EXTENSION  = crm
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" crm.control)
MODULE_big = crm
OBJS       = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c)))

# Tables first, in the order of their foreign keys; functions before the triggers and views that use them
SCHEMA = schema date_formula number_series salesperson salutation code_list campaign sales_cycle setup contact \
         interaction_template source interaction questionnaire opportunity comment_line forecast contact_change \
         pipeline dump
CODE   = setup date_formula lifetime_value revenue calibration contact_change number_series contact business_relation \
         code_list alt_address salutation source attachment interaction_template interaction classification \
         questionnaire sales_cycle stage_probability opportunity_document opportunity forecast pipeline \
         opportunity_statistics install_defaults privilege
TRIGGERS = setup contact source attachment interaction_template questionnaire sales_cycle opportunity forecast \
         contact_change pipeline
VIEWS  = setup number_series contact business_relation code_list alt_address salutation source interaction_template \
         attachment interaction opportunity_document contact_timeline sales_entry service_history \
         opportunity_statistics sales_funnel statistics questionnaire sales_cycle campaign opportunity \
         contact_classification pipeline contact_card forecast
INSTALL_SQL = src/sql/header.sql $(SCHEMA:%=src/sql/schema/%.sql) $(CODE:%=src/sql/code/%.sql) \
              $(TRIGGERS:%=src/sql/triggers/%.sql) $(VIEWS:%=src/sql/views/%.sql) src/sql/grants.sql

DATA_built  = crm--$(EXTVERSION).sql
PG_CPPFLAGS = -I$(srcdir)/src -DCRM_VERSION='"$(EXTVERSION)"'
PG_CFLAGS   = -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -Wno-cast-function-type -Wno-declaration-after-statement -Werror

REGRESS      = code_list contact contact_company contact_lookup contact_privilege interaction interaction_template \
               interaction_view attach posting problem date_formula questionnaire opportunity
REGRESS_OPTS = --encoding=UTF8
ISOLATION    = append_only attach_posting backfill_posting cancel_unpost card_contact classification \
               contact_deletion_posting edit_edit number_series opportunity opportunity_document opportunity_neighbour \
               opportunity_split pipeline questionnaire template_posting
ISOLATION_OPTS = --inputdir=test/isolation --load-extension=crm

PG_CONFIG ?= pg_config
PGXS      := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
include $(PGXS)

$(OBJS): $(wildcard src/*.h)
src/characteristic_function.o: CFLAGS += $(CFLAGS_VECTORIZE)

# OR REPLACE is for updates: an installation must not take over objects that it finds
crm--$(EXTVERSION).sql: $(INSTALL_SQL) crm.control Makefile
	for file in $(INSTALL_SQL); do echo "-- $$file"; cat $$file; done | sed 's/^CREATE OR REPLACE /CREATE /' > $@

.PHONY: demo test
demo:
	demo/run
test:
	test/run
