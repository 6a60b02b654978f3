/*
 * The changes of crm.forecast_what_if(): an array of objects, each for a deal or for the deals of a stage.
 */
#include "crm.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#include "number_array.h"

PG_FUNCTION_INFO_V1(crm_forecast_change);

typedef enum Member
{
	OPPORTUNITY_NO,
	SALES_CYCLE_CODE,
	SALES_CYCLE_STAGE,
	PROBABILITY_PCT,
	ESTIMATED_CLOSE_DATE,
	ESTIMATED_VALUE,
	REMOVE
} Member;

#define NMEMBERS (REMOVE + 1)

static const char *const member_names[NMEMBERS] = {
	"opportunity_no", "sales_cycle_code", "sales_cycle_stage", "probability_pct", "estimated_close_date", "estimated_value", "remove"
};

typedef struct Change
{
	int			element;		/* from 1 */
	Datum		value[NMEMBERS];
	bool		isnull[NMEMBERS];
} Change;

static void pg_attribute_noreturn()
Refuse(const Change *change, const char *problem)
{
	RefuseArgument(psprintf("element %d of overrides %s", change->element, problem));
}

static void pg_attribute_noreturn()
RefuseMember(const Change *change, Member member, const char *expected)
{
	Refuse(change, psprintf("has a %s that is not %s", member_names[member], expected));
}

static Datum
ReadText(const Change *change, Member member, const JsonbValue *json)
{
	if (json->type != jbvString)
		RefuseMember(change, member, "a text");
	return PointerGetDatum(cstring_to_text_with_len(json->val.string.val, json->val.string.len));
}

static Datum
ReadNumber(const Change *change, Member member, const JsonbValue *json, double least, double greatest)
{
	double		number = json->type == jbvNumeric ? NumericDouble(NumericGetDatum(json->val.numeric)) : -1;

	if (!(number >= least && number <= greatest))
		RefuseMember(change, member, psprintf("a number from %g to %g", least, greatest));
	return NumericGetDatum(json->val.numeric);
}

static Datum
ReadStage(const Change *change, const JsonbValue *json)
{
	Datum		number = ReadNumber(change, SALES_CYCLE_STAGE, json, 1, PG_INT32_MAX);

	if (NumericDouble(number) != DatumGetInt32(DirectFunctionCall1(numeric_int4, number)))
		RefuseMember(change, SALES_CYCLE_STAGE, "a whole number");
	return DirectFunctionCall1(numeric_int4, number);
}

static Datum
ReadDate(const Change *change, const JsonbValue *json)
{
	char	   *string = TextDatumGetCString(ReadText(change, ESTIMATED_CLOSE_DATE, json));
	int			end = 0;
	int			year, month, day;
	int			julian;
	int			given_year, given_month, given_day;

	if (sscanf(string, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || string[end] != '\0' || year < 1 || month < 1 || month > 12)
		RefuseMember(change, ESTIMATED_CLOSE_DATE, "a date such as \"2026-01-31\"");
	julian = date2j(year, month, day);
	j2date(julian, &given_year, &given_month, &given_day);
	if (given_month != month || given_day != day)
		RefuseMember(change, ESTIMATED_CLOSE_DATE, "in the calendar");
	return DateADTGetDatum(julian - POSTGRES_EPOCH_JDATE);
}

static Datum
ReadBoolean(const Change *change, Member member, const JsonbValue *json)
{
	if (json->type != jbvBool)
		RefuseMember(change, member, "true or false");
	return BoolGetDatum(json->val.boolean);
}

static Datum
ReadMember(const Change *change, Member member, const JsonbValue *json)
{
	switch (member)
	{
		case OPPORTUNITY_NO:
		case SALES_CYCLE_CODE:
			return ReadText(change, member, json);
		case SALES_CYCLE_STAGE:
			return ReadStage(change, json);
		case PROBABILITY_PCT:
			return ReadNumber(change, member, json, 0, 100);
		case ESTIMATED_CLOSE_DATE:
			return ReadDate(change, json);
		case ESTIMATED_VALUE:
			return ReadNumber(change, member, json, 0, 1e17);
		case REMOVE:
			return ReadBoolean(change, member, json);
	}
	return (Datum) 0;
}

static Member
FindMember(const Change *change, const JsonbValue *key)
{
	for (Member member = 0; member < NMEMBERS; member++)
		if (strlen(member_names[member]) == key->val.string.len
			&& memcmp(member_names[member], key->val.string.val, key->val.string.len) == 0)
			return member;
	Refuse(change, psprintf("has the unknown member \"%s\"", pnstrdup(key->val.string.val, key->val.string.len)));
}

/* A null is as good as nothing */
static void
ReadChange(Change *change, const JsonbValue *object)
{
	JsonbIterator *iterator;
	JsonbValue	value;
	Member		member = 0;
	JsonbIteratorToken token;

	if (object->type != jbvBinary || !JsonContainerIsObject(object->val.binary.data))
		Refuse(change, "is not an object");
	memset(change->isnull, true, sizeof(change->isnull));
	iterator = JsonbIteratorInit(object->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			member = FindMember(change, &value);
		if (token != WJB_VALUE || value.type == jbvNull)
			continue;
		change->value[member] = ReadMember(change, member, &value);
		change->isnull[member] = false;
	}
}

static bool
Given(const Change *change, Member member)
{
	return !change->isnull[member];
}

/* A stage, or a deal; and what becomes of it */
static void
CheckSubject(const Change *change)
{
	bool		of_deal = Given(change, OPPORTUNITY_NO);
	bool		of_stage = Given(change, SALES_CYCLE_CODE) || Given(change, SALES_CYCLE_STAGE);
	bool		of_deals_own = Given(change, ESTIMATED_CLOSE_DATE) || Given(change, ESTIMATED_VALUE) || Given(change, REMOVE);

	if (of_deal == of_stage)
		Refuse(change, "has to have either opportunity_no or sales_cycle_code and sales_cycle_stage");
	if (of_stage && !(Given(change, SALES_CYCLE_CODE) && Given(change, SALES_CYCLE_STAGE)))
		Refuse(change, "has to have both sales_cycle_code and sales_cycle_stage");
	if (of_stage && of_deals_own)
		Refuse(change, "changes more of a stage than its probability_pct");
	if (!of_deals_own && !Given(change, PROBABILITY_PCT))
		Refuse(change, "changes nothing");
}

/* Codes become as they are stored */
static void
CheckDeal(Change *change)
{
	static Statement find = {
		.sql = "SELECT opportunity_no FROM crm_data.opportunity_entry WHERE opportunity_no = crm_data.as_code($1) AND active AND sales_cycle_stage > 0",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	if (RunAsSeen(&find, &change->value[OPPORTUNITY_NO], NULL) == 0)
		Refuse(change, psprintf("is of \"%s\", which is no open opportunity", TextDatumGetCString(change->value[OPPORTUNITY_NO])));
	change->value[OPPORTUNITY_NO] = CStringGetTextDatum(ResultText(0, 1));
}

static void
CheckStage(Change *change)
{
	static Statement find = {
		.sql = "SELECT sales_cycle_code FROM crm_data.sales_cycle_stage WHERE sales_cycle_code = crm_data.as_code($1) AND sales_cycle_stage = $2",
		.nargs = 2, .argtypes = {TEXTOID, INT4OID}
	};

	if (RunAsSeen(&find, &change->value[SALES_CYCLE_CODE], NULL) == 0)
		Refuse(change, psprintf("is of stage %d of \"%s\", which does not exist",
								DatumGetInt32(change->value[SALES_CYCLE_STAGE]), TextDatumGetCString(change->value[SALES_CYCLE_CODE])));
	change->value[SALES_CYCLE_CODE] = CStringGetTextDatum(ResultText(0, 1));
}

static bool
SameSubject(const Change *a, const Change *b)
{
	Member		key = Given(a, OPPORTUNITY_NO) ? OPPORTUNITY_NO : SALES_CYCLE_CODE;

	if (!Given(b, key) || strcmp(TextDatumGetCString(a->value[key]), TextDatumGetCString(b->value[key])) != 0)
		return false;
	return key == OPPORTUNITY_NO || a->value[SALES_CYCLE_STAGE] == b->value[SALES_CYCLE_STAGE];
}

static void
CheckSubjects(const Change *changes, int n)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < i; j++)
			if (SameSubject(&changes[i], &changes[j]))
				Refuse(&changes[i], psprintf("changes the same as element %d", changes[j].element));
}

static Change *
ReadChanges(Jsonb *overrides, int *n)
{
	Change	   *changes;

	if (!JB_ROOT_IS_ARRAY(overrides) || JB_ROOT_IS_SCALAR(overrides))
		RefuseArgument("overrides is not an array");
	*n = JB_ROOT_COUNT(overrides);
	changes = palloc(sizeof(Change) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		changes[i].element = i + 1;
		ReadChange(&changes[i], getIthJsonbValueFromContainer(&overrides->root, i));
		CheckSubject(&changes[i]);
		if (Given(&changes[i], OPPORTUNITY_NO))
			CheckDeal(&changes[i]);
		else
			CheckStage(&changes[i]);
	}
	CheckSubjects(changes, *n);
	return changes;
}

/* crm_data.forecast_change(overrides) */
Datum
crm_forecast_change(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Change	   *changes;
	int			n;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	changes = ReadChanges(PG_GETARG_JSONB_P(0), &n);
	for (int i = 0; i < n; i++)
		tuplestore_putvalues(result->setResult, result->setDesc, changes[i].value, changes[i].isnull);
	SPI_finish();
	return (Datum) 0;
}
