/*
 * Number series: a prefix, and a running number from a sequence.
 *
 * Sequences never make two transactions wait for each other; the price is gaps,
 * which domain/1 allows. A sequence is the user's object: no member of the extension,
 * so that pg_dump keeps it. It belongs to the column that names it, so that DROP
 * EXTENSION takes it along; dumps do not keep that, hence the trigger.
 */
#include "crm.h"

#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "utils/formatting.h"
#include "utils/rel.h"

typedef struct NumberSeries
{
	char	   *code;
	char	   *prefix;
	int			digits;
	bool		manual_numbers;
	Oid			sequence;
} NumberSeries;

#define MAX_DIGITS 18			/* as many as a bigint surely holds */

PG_FUNCTION_INFO_V1(crm_create_number_series);
PG_FUNCTION_INFO_V1(crm_next_no);
PG_FUNCTION_INFO_V1(crm_number_series_insert);

/*
 * The series that the last statement returned, in the columns code, prefix, digits,
 * manual_numbers, number_sequence. False where it returned none.
 */
static bool
ReadNumberSeries(NumberSeries *series)
{
	bool		isnull;

	if (SPI_processed == 0)
		return false;

	series->code = ResultText(0, 1);
	series->prefix = ResultText(0, 2);
	series->digits = DatumGetInt32(ResultValue(0, 3, &isnull));
	series->manual_numbers = DatumGetBool(ResultValue(0, 4, &isnull));
	series->sequence = DatumGetObjectId(ResultValue(0, 5, &isnull));
	return true;
}

/* The next number; a running number that outgrows its digits is simply longer */
static char *
NextNumber(const NumberSeries *series)
{
	return psprintf("%s%0*lld", series->prefix, series->digits,
					(long long) nextval_internal(series->sequence, true));
}

/* The series that the setup names for contacts or opportunities */
static bool
FindSeriesOf(const char *kind, NumberSeries *series)
{
	static Statement find = {
		.sql = "SELECT n.number_series_code, n.prefix, n.digits, n.manual_numbers, n.number_sequence"
		" FROM crm_data.setup AS s JOIN crm_data.number_series AS n ON n.number_series_code ="
		" CASE $1 WHEN 'contact' THEN s.contact_number_series_code ELSE s.opportunity_number_series_code END",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		values[] = {CStringGetTextDatum(kind)};

	RunStatement(&find, values, NULL);
	return ReadNumberSeries(series);
}

/* The next number for a contact or an opportunity for which a statement finds nothing */
char *
UnusedNumber(const char *kind, Statement *find_used)
{
	NumberSeries series;
	Datum		number;

	if (!FindSeriesOf(kind, &series))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s without a number, and no number series to take one from", kind),
				 errhint("Set %s_number_series_code in crm.setup, or run crm.install_defaults().", kind)));
	do
		number = CStringGetTextDatum(NextNumber(&series));
	while (RunAtPresent(find_used, &number, NULL) > 0);
	return TextDatumGetCString(number);
}

void
CheckManualNumber(const char *kind, const char *number)
{
	NumberSeries series;

	if (FindSeriesOf(kind, &series) && !series.manual_numbers)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("number series \"%s\" does not allow the manual number \"%s\"", series.code, number),
				 errhint("Leave the number blank, or allow manual_numbers in crm.number_series.")));
}

static bool
FindNumberSeries(const char *code, NumberSeries *series)
{
	static Statement find = {
		.sql = "SELECT number_series_code, prefix, digits, manual_numbers, number_sequence"
		" FROM crm_data.number_series WHERE number_series_code = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		values[] = {CStringGetTextDatum(code)};

	RunStatement(&find, values, NULL);
	return ReadNumberSeries(series);
}

/* Upper case and no outer blanks, as the trigger of the table stores it */
static char *
CodeArgument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	Datum		trimmed;

	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s cannot be null", name)));

	trimmed = DirectFunctionCall1(btrim1, PG_GETARG_DATUM(argument));
	return TextDatumGetCString(DirectFunctionCall1Coll(upper, DEFAULT_COLLATION_OID, trimmed));
}

/*
 * crm.next_no(series_code)
 */
Datum
crm_next_no(PG_FUNCTION_ARGS)
{
	char	   *code = CodeArgument(fcinfo, 0, "series_code");
	MemoryContext caller = CurrentMemoryContext;
	NumberSeries series;
	SavedUser	user = BecomeUser(OwnerOf(CrmTable("number_series")));
	text	   *number;

	SPI_connect();
	if (!FindNumberSeries(code, &series))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("number series \"%s\" does not exist", code),
				 errhint("Create it with crm.create_number_series().")));

	MemoryContextSwitchTo(caller);
	number = cstring_to_text(NextNumber(&series));
	SPI_finish();
	RestoreUser(user);

	PG_RETURN_TEXT_P(number);
}

static void pg_attribute_printf(1, 2)
RunCommand(const char *format,...)
{
	char		command[1024];
	va_list		args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);

	if (SPI_execute(command, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not execute \"%s\"", command);
}

/* CREATE SEQUENCE crm_data.number_series_<code>_seq START <first>; returns its OID */
static Oid
CreateNumberSequence(const char *code, const char *first)
{
	Oid			nspid = get_namespace_oid("crm_data", false);
	char	   *name = ChooseRelationName("number_series", str_tolower(code, strlen(code), DEFAULT_COLLATION_OID),
											  "seq", nspid, false);

	RunCommand("CREATE SEQUENCE crm_data.%s MINVALUE 0 START %s", quote_identifier(name), first);
	return CrmTable(name);
}

static void
InsertNumberSeries(const char *code, Datum description, bool no_description,
				   const char *prefix, int digits, bool manual_numbers, Oid sequence)
{
	static Statement insert = {
		.sql = "INSERT INTO crm_data.number_series"
		" (number_series_code, description, prefix, digits, manual_numbers, number_sequence)"
		" VALUES ($1, $2, $3, $4, $5, $6)",
		.nargs = 6, .argtypes = {TEXTOID, TEXTOID, TEXTOID, INT4OID, BOOLOID, REGCLASSOID}
	};
	Datum		values[] = {CStringGetTextDatum(code), description, CStringGetTextDatum(prefix),
	Int32GetDatum(digits), BoolGetDatum(manual_numbers), ObjectIdGetDatum(sequence)};
	bool		isnull[] = {false, no_description, false, false, false, false};

	RunStatement(&insert, values, isnull);
}

/* How many digits the number ends in */
static int
TrailingDigits(const char *number)
{
	int			length = strlen(number);
	int			digits = 0;

	while (digits < length && isdigit((unsigned char) number[length - digits - 1]))
		digits++;
	return digits;
}

/* A code, and a number that ends in 1 to 18 digits */
static void
CheckSeriesArguments(const char *code, const char *starting_no)
{
	int			digits = TrailingDigits(starting_no);

	if (code[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the code of a number series cannot be blank")));
	if (digits == 0 || digits > MAX_DIGITS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("starting number \"%s\" does not end in 1 to %d digits", starting_no, MAX_DIGITS),
				 errhint("Give the first number of the series, for example CT000001.")));
}

/*
 * crm.create_number_series(series_code, starting_no, description, manual_numbers)
 */
Datum
crm_create_number_series(PG_FUNCTION_ARGS)
{
	char	   *code = CodeArgument(fcinfo, 0, "series_code");
	char	   *starting_no = CodeArgument(fcinfo, 1, "starting_no");
	bool		manual_numbers = PG_ARGISNULL(3) || PG_GETARG_BOOL(3);
	int			digits = TrailingDigits(starting_no);
	char	   *prefix = pnstrdup(starting_no, strlen(starting_no) - digits);
	NumberSeries existing;
	SavedUser	user;

	CheckSeriesArguments(code, starting_no);

	user = BecomeUser(OwnerOf(CrmTable("number_series")));
	SPI_connect();
	if (FindNumberSeries(code, &existing))
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("number series \"%s\" already exists", code)));
	InsertNumberSeries(code, PG_GETARG_DATUM(2), PG_ARGISNULL(2), prefix, digits, manual_numbers,
					   CreateNumberSequence(code, starting_no + strlen(prefix)));
	SPI_finish();
	RestoreUser(user);

	PG_RETURN_VOID();
}

/*
 * AFTER INSERT ON crm_data.number_series: whether made or restored, the sequence has
 * the table's owner and belongs to the table's column.
 */
Datum
crm_number_series_insert(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "number_series_insert");
	bool		isnull;
	Oid			sequence = DatumGetObjectId(ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, "number_sequence", &isnull));
	char	   *name = DatumGetCString(DirectFunctionCall1(regclassout, ObjectIdGetDatum(sequence)));
	SavedUser	user = BecomeUser(OwnerOf(RelationGetRelid(trigger->tg_relation)));

	SPI_connect();
	RunCommand("ALTER SEQUENCE %s OWNER TO CURRENT_USER", name);
	RunCommand("ALTER SEQUENCE %s OWNED BY crm_data.number_series.number_sequence", name);
	SPI_finish();
	RestoreUser(user);

	return PointerGetDatum(NULL);
}
