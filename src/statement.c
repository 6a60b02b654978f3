/*
 * Statements that are planned once per backend.
 *
 * A Statement is a static variable beside the function that runs it. Callers have
 * connected to SPI, and run under a pinned search_path. SPI leaves its own memory context
 * behind; here the caller's is current again.
 */
#include "crm.h"

#include "access/xact.h"
#include "nodes/params.h"
#include "tcop/dest.h"
#include "utils/snapmgr.h"

static void
PlanStatement(Statement *statement)
{
	SPIPlanPtr	plan;

	if (statement->plan)
		return;
	plan = SPI_prepare_cursor(statement->sql, statement->nargs, statement->argtypes, statement->generic ? CURSOR_OPT_GENERIC_PLAN : 0);
	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", statement->sql, SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	statement->plan = plan;
}

static int
Run(Statement *statement, Datum *values, const bool *isnull, Snapshot snapshot, bool read_only)
{
	MemoryContext caller = CurrentMemoryContext;
	char		nulls[STATEMENT_MAX_ARGS];
	int			result;

	PlanStatement(statement);
	for (int i = 0; i < statement->nargs; i++)
		nulls[i] = (isnull && isnull[i]) ? 'n' : ' ';

	result = SPI_execute_snapshot(statement->plan, values, nulls, snapshot, InvalidSnapshot, read_only, true, 0);
	MemoryContextSwitchTo(caller);
	if (result < 0)
		elog(ERROR, "could not execute \"%s\": %s", statement->sql, SPI_result_code_string(result));
	return (int) SPI_processed;
}

int
RunStatement(Statement *statement, Datum *values, const bool *isnull)
{
	return Run(statement, values, isnull, InvalidSnapshot, false);
}

/* Run a statement that writes or locks what has been committed by now */
int
WriteAtPresent(Statement *statement, Datum *values, const bool *isnull)
{
	return Run(statement, values, isnull, GetLatestSnapshot(), false);
}

/*
 * From here to PopActiveSnapshot(), what is read is what has been committed by now and
 * what we have done ourselves. Under REPEATABLE READ too: neither the log nor a cache
 * may be made of what others have changed since.
 */
void
PushPresent(void)
{
	CommandCounterIncrement();
	PushActiveSnapshot(GetLatestSnapshot());
}

/* Run a statement that only reads, by the active snapshot */
int
RunAsSeen(Statement *statement, Datum *values, const bool *isnull)
{
	return Run(statement, values, isnull, InvalidSnapshot, true);
}

/* Run a statement that only reads at present */
int
RunAtPresent(Statement *statement, Datum *values, const bool *isnull)
{
	int			nrows;

	PushPresent();
	nrows = Run(statement, values, isnull, InvalidSnapshot, true);
	PopActiveSnapshot();
	return nrows;
}

/* A statement that should have found a row and did not: a table of one row is empty, say */
static void
CheckRow(uint64 row)
{
	if (row >= SPI_processed)
		elog(ERROR, "row " UINT64_FORMAT " of " UINT64_FORMAT " rows was asked for", row + 1, (uint64) SPI_processed);
}

/* Column (from 1) of a row (from 0) of the last result */
Datum
ResultValue(uint64 row, int column, bool *isnull)
{
	CheckRow(row);
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

/* The same as a C string, NULL for a null */
char *
ResultText(uint64 row, int column)
{
	CheckRow(row);
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

/* Whether a boolean is true; neither false nor null is */
bool
ResultTrue(uint64 row, int column)
{
	bool		isnull;
	Datum		value = ResultValue(row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

/*
 * Streams: a statement whose rows are handed on one by one and not kept
 */

typedef struct RowStream
{
	DestReceiver receiver;
	MemoryContext memory;		/* of the caller, for what the function keeps */
	RowConsumer consume;
	void	   *argument;
} RowStream;

static bool
ReceiveRow(TupleTableSlot *slot, DestReceiver *self)
{
	RowStream  *stream = (RowStream *) self;
	MemoryContext executor = MemoryContextSwitchTo(stream->memory);

	stream->consume(slot, stream->argument);
	MemoryContextSwitchTo(executor);
	return true;
}

static void
IgnoreStart(DestReceiver *self, int operation, TupleDesc tupdesc)
{
}

static void
IgnoreEnd(DestReceiver *self)
{
}

/*
 * Hand every row of a statement that only reads to a function. The statement sees what the
 * active snapshot sees. No argument is null. The function must not run statements: SPI is busy.
 */
void
StreamStatement(Statement *statement, Datum *values, RowConsumer consume, void *argument)
{
	ParamListInfo params = makeParamList(statement->nargs);
	RowStream	stream = {
		.receiver = {ReceiveRow, IgnoreStart, IgnoreEnd, IgnoreEnd, DestNone},
		.memory = CurrentMemoryContext, .consume = consume, .argument = argument
	};
	SPIExecuteOptions options = {.params = params, .read_only = true, .dest = &stream.receiver};
	int			result;

	for (int i = 0; i < statement->nargs; i++)
		params->params[i] = (ParamExternData) {values[i], false, PARAM_FLAG_CONST, statement->argtypes[i]};
	PlanStatement(statement);
	result = SPI_execute_plan_extended(statement->plan, &options);
	MemoryContextSwitchTo(stream.memory);
	if (result < 0)
		elog(ERROR, "could not execute \"%s\": %s", statement->sql, SPI_result_code_string(result));
}
