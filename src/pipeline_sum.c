/*
 * Adding up how the pipeline moved: the aggregate crm_data.pipeline_sum(change, dimension).
 *
 * A change takes a deal from one position to another. In the groups of a dimension that is one or
 * several movements: first the value changes where the deal was, then the deal goes where it is.
 * So whatever the dimension, what its movements change adds up to the difference of the pipeline before and after.
 *
 * Sums are whole numbers of the last digit that a value may have, hence exact.
 */
#include "quotient.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(crm_pipeline_sum_step);
PG_FUNCTION_INFO_V1(crm_pipeline_sum_result);

/* numeric(24,6) * numeric(13,10) / 100 */
#define WEIGHT_SCALE 18

/* Columns of crm_data.pipeline_change */
typedef enum ChangeColumn
{
	SIGN,
	EFFECTIVE_DATE,
	LEGAL_ENTITY,
	ACTION_TAKEN,
	SALES_CYCLE_CODE,
	SALES_CYCLE_STAGE,
	COMPANY_ID,
	SALESPERSON_CODE,
	CAMPAIGN_NO,
	TERRITORY_CODE,
	ESTIMATED_CLOSE_DATE,
	ESTIMATED_VALUE,
	WEIGHTED_VALUE,
	PREVIOUS_SALES_CYCLE_STAGE,
	PREVIOUS_COMPANY_ID,
	PREVIOUS_SALESPERSON_CODE,
	PREVIOUS_CAMPAIGN_NO,
	PREVIOUS_TERRITORY_CODE,
	PREVIOUS_ESTIMATED_CLOSE_DATE,
	PREVIOUS_ESTIMATED_VALUE,
	PREVIOUS_WEIGHTED_VALUE,
	CHANGE_COLUMNS
} ChangeColumn;

/* Columns of crm_data.pipeline_balance */
#define BALANCE_COLUMNS 9

typedef enum Dimension
{
	TOTAL,
	SALES_CYCLE,
	STAGE,
	SALESPERSON,
	CAMPAIGN,
	TERRITORY,
	CLOSE_MONTH,
	NUM_BALANCED,				/* those before are added up into balances */
	COMPANY = NUM_BALANCED,
	NUM_DIMENSIONS
} Dimension;

static const char *const dimension_names[NUM_DIMENSIONS] = {
	"total", "sales cycle", "stage", "salesperson", "campaign", "territory", "month", "company"
};

/* In the order of crm_data.pipeline_movement() */
typedef enum Movement
{
	NEW,
	WON,
	LOST,
	POSTPONED,
	PULLED_IN,
	UP,
	DOWN,
	REASSIGNED,
	NUM_MOVEMENTS
} Movement;

/* Of each movement: count, value moved, and the three that it changes */
#define FIGURES_OF_MOVEMENT 5

/* Text that is not terminated */
typedef struct Code
{
	const char *start;
	int			length;
} Code;

/* Where a deal is in a dimension */
typedef struct PipelineGroup
{
	Code		key;
	int32		stage;
} PipelineGroup;

typedef struct Position
{
	bool		is_open;
	int128		estimated_value;
	int128		weighted_value;
	DateADT		close_date;		/* infinity if unknown */
	int32		stage;
	Code		codes[NUM_DIMENSIONS];
	char		month[16];
	char		company[24];
} Position;

typedef struct Change
{
	int32		sign;
	DateADT		effective_date;
	Code		legal_entity;
	bool		won;
	Position	before;
	Position	after;
} Change;

typedef struct BalanceKey
{
	Code		legal_entity;
	PipelineGroup		group;
	DateADT		date;
	Dimension	dimension;
} BalanceKey;

typedef struct Figures
{
	int64		count;
	int128		estimated_value;
	int128		weighted_value;
} Figures;

typedef struct MovementFigures
{
	int64		movement_count;
	int128		moved_value;
	Figures		change;
} MovementFigures;

typedef struct Balance
{
	BalanceKey	key;
	Figures		pipeline;
	MovementFigures movements[NUM_MOVEMENTS];
} Balance;

typedef struct PipelineSum
{
	MemoryContext memory;
	TupleDesc	change;
	HTAB	   *balances;
} PipelineSum;

/*
 * Balances by key
 */

static uint32
HashCode(uint32 hash, Code code)
{
	return hash_combine(hash, hash_bytes((const unsigned char *) code.start, code.length));
}

static uint32
HashBalanceKey(const void *key, Size size)
{
	const BalanceKey *k = key;
	uint32		hash = murmurhash32(k->date ^ (k->group.stage << 16) ^ (k->dimension << 8));

	return HashCode(HashCode(hash, k->group.key), k->legal_entity);
}

static bool
SameCode(Code a, Code b)
{
	return a.length == b.length && memcmp(a.start, b.start, a.length) == 0;
}

static int
MatchBalanceKeys(const void *a, const void *b, Size size)
{
	const BalanceKey *x = a;
	const BalanceKey *y = b;

	return x->date == y->date && x->group.stage == y->group.stage && x->dimension == y->dimension &&
		SameCode(x->group.key, y->group.key) && SameCode(x->legal_entity, y->legal_entity) ? 0 : 1;
}

static PipelineSum *
BeginSum(MemoryContext memory, HeapTupleHeader change)
{
	PipelineSum *sum = MemoryContextAllocZero(memory, sizeof(PipelineSum));
	MemoryContext caller = MemoryContextSwitchTo(memory);
	HASHCTL		control = {
		.keysize = sizeof(BalanceKey), .entrysize = sizeof(Balance), .hcxt = memory,
		.hash = HashBalanceKey, .match = MatchBalanceKeys
	};

	sum->memory = memory;
	sum->change = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(change), HeapTupleHeaderGetTypMod(change));
	Assert(sum->change->natts == CHANGE_COLUMNS);
	sum->balances = hash_create("balances of the pipeline", 256, &control, HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	MemoryContextSwitchTo(caller);
	return sum;
}

static Code
KeepCode(MemoryContext memory, Code code)
{
	char	   *copy = MemoryContextAlloc(memory, code.length + 1);

	memcpy(copy, code.start, code.length);
	return (Code) {copy, code.length};
}

static Balance *
FindBalance(PipelineSum *sum, const BalanceKey *key)
{
	bool		found;
	Balance    *balance = hash_search(sum->balances, key, HASH_ENTER, &found);

	if (found)
		return balance;
	memset((char *) balance + sizeof(BalanceKey), 0, sizeof(Balance) - sizeof(BalanceKey));
	balance->key.group.key = KeepCode(sum->memory, key->group.key);
	balance->key.legal_entity = KeepCode(sum->memory, key->legal_entity);
	return balance;
}

/*
 * Reading a change
 */

static Code
TextCode(Datum value, bool isnull)
{
	text	   *packed;

	if (isnull)
		return (Code) {"", 0};
	packed = DatumGetTextPP(value);
	return (Code) {VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed)};
}

static Code
StringCode(const char *string)
{
	return (Code) {string, strlen(string)};
}

static void
PrintMonth(DateADT date, char *month, Size size)
{
	int			year,
				month_no,
				day;

	month[0] = '\0';
	if (DATE_NOT_FINITE(date))
		return;
	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month_no, &day);
	snprintf(month, size, "%04d-%02d", year, month_no);
}

/* Codes of the position whose columns begin with that one of the company */
static void
ReadCodes(Position *position, const Datum *values, const bool *isnull, ChangeColumn company)
{
	Code	   *codes = position->codes;

	codes[TOTAL] = (Code) {"", 0};
	codes[SALES_CYCLE] = codes[STAGE] = TextCode(values[SALES_CYCLE_CODE], false);
	codes[SALESPERSON] = TextCode(values[company + 1], isnull[company + 1]);
	codes[CAMPAIGN] = TextCode(values[company + 2], isnull[company + 2]);
	codes[TERRITORY] = TextCode(values[company + 3], isnull[company + 3]);
	PrintMonth(position->close_date, position->month, sizeof(position->month));
	codes[CLOSE_MONTH] = StringCode(position->month);
	position->company[0] = '\0';
	if (!isnull[company])
		pg_lltoa(DatumGetInt64(values[company]), position->company);
	codes[COMPANY] = StringCode(position->company);
}

static void
ReadPosition(Position *position, const Datum *values, const bool *isnull, ChangeColumn stage, bool is_open)
{
	ChangeColumn company = stage + 1;
	ChangeColumn close_date = stage + 5;

	position->is_open = is_open;
	if (!is_open)
		return;
	position->stage = DatumGetInt32(values[stage]);
	position->close_date = isnull[close_date] ? DATEVAL_NOEND : DatumGetDateADT(values[close_date]);
	position->estimated_value = NumericUnits(values[close_date + 1], MONEY_SCALE);
	position->weighted_value = NumericUnits(values[close_date + 2], WEIGHT_SCALE);
	ReadCodes(position, values, isnull, company);
}

/* A row of the table has them; who calls the aggregate may bring any */
static void
CheckColumns(const bool *isnull)
{
	static const ChangeColumn required[] = {
		SIGN, EFFECTIVE_DATE, LEGAL_ENTITY, SALES_CYCLE_CODE, SALES_CYCLE_STAGE, ESTIMATED_VALUE, WEIGHTED_VALUE
	};
	bool		incomplete = !isnull[PREVIOUS_ESTIMATED_VALUE] && (isnull[PREVIOUS_SALES_CYCLE_STAGE] || isnull[PREVIOUS_WEIGHTED_VALUE]);

	for (int i = 0; i < lengthof(required); i++)
		incomplete |= isnull[required[i]];
	if (incomplete)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a change of the pipeline is not complete"),
				 errdetail("Sign, date, legal entity, cycle, stage and values cannot be null, nor can the stage and the weight left where a value was left.")));
}

static void
ReadChange(Change *change, TupleDesc tupdesc, HeapTupleHeader header)
{
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header), .t_data = header};
	Datum		values[CHANGE_COLUMNS];
	bool		isnull[CHANGE_COLUMNS];
	Code		action;

	heap_deform_tuple(&tuple, tupdesc, values, isnull);
	CheckColumns(isnull);
	action = TextCode(values[ACTION_TAKEN], isnull[ACTION_TAKEN]);
	change->sign = DatumGetInt32(values[SIGN]);
	change->effective_date = DatumGetDateADT(values[EFFECTIVE_DATE]);
	change->legal_entity = TextCode(values[LEGAL_ENTITY], false);
	change->won = SameCode(action, StringCode("won"));
	ReadPosition(&change->before, values, isnull, PREVIOUS_SALES_CYCLE_STAGE, !isnull[PREVIOUS_ESTIMATED_VALUE]);
	ReadPosition(&change->after, values, isnull, SALES_CYCLE_STAGE, DatumGetInt32(values[SALES_CYCLE_STAGE]) > 0);
}

/*
 * Movements
 */

static PipelineGroup
GroupOf(Dimension dimension, const Position *position)
{
	return (PipelineGroup) {position->codes[dimension], dimension == STAGE ? position->stage : 0};
}

static void
AddFigures(Figures *sum, int sign, Figures figures)
{
	sum->count += sign * figures.count;
	sum->estimated_value = AddExactly(sum->estimated_value, sign * figures.estimated_value);
	sum->weighted_value = AddExactly(sum->weighted_value, sign * figures.weighted_value);
}

static void
Move(PipelineSum *sum, const Change *change, Dimension dimension, Movement movement, const Position *where, int128 moved_value, Figures figures)
{
	BalanceKey	key = {
		.legal_entity = change->legal_entity, .group = GroupOf(dimension, where), .date = change->effective_date, .dimension = dimension
	};
	Balance    *balance = FindBalance(sum, &key);
	MovementFigures *moved = &balance->movements[movement];

	moved->movement_count += change->sign;
	moved->moved_value = AddExactly(moved->moved_value, change->sign * moved_value);
	AddFigures(&moved->change, change->sign, figures);
	AddFigures(&balance->pipeline, change->sign, figures);
}

/* The whole deal comes to a position, or leaves it */
static void
MoveDeal(PipelineSum *sum, const Change *change, Dimension dimension, Movement movement, const Position *where, const Position *deal, int direction)
{
	Move(sum, change, dimension, movement, where, deal->estimated_value,
		 (Figures) {direction, direction * deal->estimated_value, direction * deal->weighted_value});
}

static void
ChangeValue(PipelineSum *sum, const Change *change, Dimension dimension)
{
	int128		estimated = change->after.estimated_value - change->before.estimated_value;
	int128		weighted = change->after.weighted_value - change->before.weighted_value;
	bool		up = estimated > 0 || (estimated == 0 && weighted > 0);

	if (estimated != 0 || weighted != 0)
		Move(sum, change, dimension, up ? UP : DOWN, &change->before, change->after.estimated_value, (Figures) {0, estimated, weighted});
}

/* Another closing date, another group, or both */
static void
Transfer(PipelineSum *sum, const Change *change, Dimension dimension)
{
	const Position *before = &change->before;
	const Position *after = &change->after;
	PipelineGroup		left = GroupOf(dimension, before);
	PipelineGroup		taken = GroupOf(dimension, after);
	bool		goes = left.stage != taken.stage || !SameCode(left.key, taken.key);
	Movement	shift = after->close_date > before->close_date ? POSTPONED : PULLED_IN;
	Movement	transfer = dimension == CLOSE_MONTH ? shift : REASSIGNED;

	if (after->close_date != before->close_date && !(goes && dimension == CLOSE_MONTH))
		Move(sum, change, dimension, shift, after, after->estimated_value, (Figures) {0, 0, 0});
	if (goes)
	{
		MoveDeal(sum, change, dimension, transfer, before, after, -1);
		MoveDeal(sum, change, dimension, transfer, after, after, 1);
	}
}

static void
AddChange(PipelineSum *sum, const Change *change, Dimension dimension)
{
	const Position *before = &change->before;
	const Position *after = &change->after;

	if (!before->is_open && after->is_open)
		MoveDeal(sum, change, dimension, NEW, after, after, 1);
	else if (before->is_open && !after->is_open)
		MoveDeal(sum, change, dimension, change->won ? WON : LOST, before, before, -1);
	else if (before->is_open && after->is_open)
	{
		ChangeValue(sum, change, dimension);
		Transfer(sum, change, dimension);
	}
}

static Dimension
DimensionNamed(Code name)
{
	for (int i = 0; i < NUM_DIMENSIONS; i++)
		if (SameCode(name, StringCode(dimension_names[i])))
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no dimension \"%.*s\" of the pipeline", name.length, name.start)));
}

/* crm_data.pipeline_sum_step(state, change, dimension); without a dimension, all that balances are kept of */
Datum
crm_pipeline_sum_step(PG_FUNCTION_ARGS)
{
	PipelineSum *sum = PG_ARGISNULL(0) ? NULL : (PipelineSum *) PG_GETARG_POINTER(0);
	MemoryContext memory;
	HeapTupleHeader header;
	Change		change;

	if (!AggCheckCallContext(fcinfo, &memory))
		elog(ERROR, "pipeline_sum_step called in non-aggregate context");
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	header = PG_GETARG_HEAPTUPLEHEADER(1);
	if (sum == NULL)
		sum = BeginSum(memory, header);
	ReadChange(&change, sum->change, header);
	if (PG_ARGISNULL(2))
		for (int i = 0; i < NUM_BALANCED; i++)
			AddChange(sum, &change, i);
	else
		AddChange(sum, &change, DimensionNamed(TextCode(PG_GETARG_DATUM(2), false)));
	PG_RETURN_POINTER(sum);
}

/*
 * The result: rows of crm_data.pipeline_balance
 */

static Datum
CodeText(Code code)
{
	return PointerGetDatum(cstring_to_text_with_len(code.start, code.length));
}

static Datum
MoneyDatum(int128 units, int scale)
{
	return NumericGetDatum(UnitsNumeric(units, scale));
}

/* Weights seldom have more decimals than money, and are printed and converted the faster */
static Datum
WeightDatum(int128 units)
{
	const int128 rest = INT64CONST(1000000000000);

	return units % rest == 0 ? MoneyDatum(units / rest, MONEY_SCALE) : MoneyDatum(units, WEIGHT_SCALE);
}

static Datum
MovementArray(const MovementFigures *movements)
{
	Datum		figures[NUM_MOVEMENTS * FIGURES_OF_MOVEMENT];
	Datum	   *next = figures;

	for (int i = 0; i < NUM_MOVEMENTS; i++)
	{
		const MovementFigures *moved = &movements[i];

		*next++ = MoneyDatum(moved->movement_count, 0);
		*next++ = MoneyDatum(moved->moved_value, MONEY_SCALE);
		*next++ = MoneyDatum(moved->change.count, 0);
		*next++ = MoneyDatum(moved->change.estimated_value, MONEY_SCALE);
		*next++ = WeightDatum(moved->change.weighted_value);
	}
	return PointerGetDatum(construct_array(figures, lengthof(figures), NUMERICOID, -1, false, TYPALIGN_INT));
}

static Datum
BalanceRow(const Balance *balance, TupleDesc tupdesc)
{
	bool		isnull[BALANCE_COLUMNS] = {false};
	Datum		values[BALANCE_COLUMNS] = {
		CStringGetTextDatum(dimension_names[balance->key.dimension]),
		CodeText(balance->key.legal_entity),
		CodeText(balance->key.group.key),
		Int32GetDatum(balance->key.group.stage),
		DateADTGetDatum(balance->key.date),
		Int64GetDatum(balance->pipeline.count),
		MoneyDatum(balance->pipeline.estimated_value, MONEY_SCALE),
		WeightDatum(balance->pipeline.weighted_value),
		MovementArray(balance->movements)
	};

	return HeapTupleGetDatum(heap_form_tuple(tupdesc, values, isnull));
}

/* crm_data.pipeline_sum_result(state) */
Datum
crm_pipeline_sum_result(PG_FUNCTION_ARGS)
{
	Oid			type = get_rel_type_id(CrmTable("pipeline_balance"));
	PipelineSum *sum = PG_ARGISNULL(0) ? NULL : (PipelineSum *) PG_GETARG_POINTER(0);
	TupleDesc	tupdesc;
	Datum	   *rows;
	HASH_SEQ_STATUS scan;
	Balance    *balance;
	int			n = 0;

	if (sum == NULL)
		PG_RETURN_NULL();
	tupdesc = lookup_rowtype_tupdesc(type, -1);
	rows = palloc_extended(sizeof(Datum) * (hash_get_num_entries(sum->balances) + 1), MCXT_ALLOC_HUGE);
	hash_seq_init(&scan, sum->balances);
	while ((balance = hash_seq_search(&scan)) != NULL)
		rows[n++] = BalanceRow(balance, tupdesc);
	ReleaseTupleDesc(tupdesc);
	PG_RETURN_ARRAYTYPE_P(construct_array(rows, n, type, -1, false, TYPALIGN_DOUBLE));
}
