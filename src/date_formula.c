/*
 * Date formulas (domain/2 section 1): terms that move a date, one after the other.
 *
 * 5M-CY+7M-1D: five months on, back to the first day of that year, seven months on,
 * one day back. Each term starts from where the one before it arrived.
 */
#include "date_formula.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/datetime.h"

PG_FUNCTION_INFO_V1(crm_check_date_formula);
PG_FUNCTION_INFO_V1(crm_calc_date);
PG_FUNCTION_INFO_V1(crm_reverse_sign);
PG_FUNCTION_INFO_V1(crm_reverse_formula);

#define LAST_NUMBER 9999
#define DAYS_PER_WEEK 7

typedef struct Unit
{
	const char *name;
	int			days;			/* its length, in days or in months */
	int			months;
	int			last_date;		/* WD1 to WD7 and D1 to D31 are dates; 0: the unit has none */
	bool		is_period;		/* has a first and a last day, which C asks for */
} Unit;

/* The first one that fits is taken: WD before W */
static const Unit units[] = {
	{"WD", 1, 0, 7, false},
	{"D", 1, 0, 31, true},
	{"W", DAYS_PER_WEEK, 0, 0, true},
	{"M", 0, 1, 0, true},
	{"Q", 0, 3, 0, true},
	{"Y", 0, MONTHS_PER_YEAR, 0, true}
};

typedef enum TermKind
{
	MOVE,						/* 3M: so many units on */
	DATE,						/* WD1: the next such date */
	PERIOD						/* CM: the end of the period */
} TermKind;

typedef struct Term
{
	TermKind	kind;
	int			sign;
	int			number;
	const Unit *unit;
} Term;

typedef struct Parser
{
	const char *formula;
	const char *next;			/* what has not been read yet */
	bool		bracketed;
	bool		in_first_term;
} Parser;

/*
 * Parsing
 */

static void pg_attribute_noreturn()
FailAt(const Parser *parser, const char *place, const char *expected)
{
	int			position = pg_mbstrlen_with_len(parser->formula, place - parser->formula) + 1;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("invalid date formula \"%s\" at position %d", parser->formula, position),
			 errdetail("Expected there: %s.", expected),
			 errhint("A term is a number with D, WD, W, M, Q or Y, or WD1 to WD7, D1 to D31, CD, CW, CM, CQ or CY;"
					 " from the second term on it begins with + or -. An example is CM+1M-10D.")));
}

static void
SkipBlanks(Parser *parser)
{
	parser->next += strspn(parser->next, " ");
}

/* Takes a character if it is the next one */
static bool
Take(Parser *parser, char c)
{
	SkipBlanks(parser);
	if (pg_toupper((unsigned char) *parser->next) != c)
		return false;
	parser->next++;
	return true;
}

static Parser
StartParser(const char *formula)
{
	Parser		parser = {.formula = formula, .next = formula, .in_first_term = true};

	parser.bracketed = Take(&parser, '<');
	return parser;
}

static bool
AtEnd(Parser *parser)
{
	if (parser->bracketed && Take(parser, '>'))
	{
		SkipBlanks(parser);
		if (*parser->next != '\0')
			FailAt(parser, parser->next, "nothing after >");
	}
	else
	{
		SkipBlanks(parser);
		if (parser->bracketed && *parser->next == '\0')
			FailAt(parser, parser->next, "> for the < before it");
	}
	return *parser->next == '\0';
}

static int
ReadSign(Parser *parser)
{
	if (Take(parser, '-'))
		return -1;
	if (!Take(parser, '+') && !parser->in_first_term)
		FailAt(parser, parser->next, "+ or -");
	return 1;
}

static bool
AtNumber(Parser *parser)
{
	SkipBlanks(parser);
	return isdigit((unsigned char) *parser->next);
}

static int
ReadNumber(Parser *parser, int first, int last)
{
	const char *digits;
	int			number = 0;

	SkipBlanks(parser);
	for (digits = parser->next; isdigit((unsigned char) *parser->next); parser->next++)
		number = Min(number * 10 + (*parser->next - '0'), LAST_NUMBER + 1);
	if (parser->next == digits || number < first || number > last)
		FailAt(parser, digits, psprintf("a number from %d to %d", first, last));
	return number;
}

/* NULL where no unit is next */
static const Unit *
TakeUnit(Parser *parser)
{
	SkipBlanks(parser);
	for (int i = 0; i < lengthof(units); i++)
	{
		int			length = strlen(units[i].name);

		if (pg_strncasecmp(parser->next, units[i].name, length) == 0)
		{
			parser->next += length;
			return &units[i];
		}
	}
	return NULL;
}

/* 3M. 0D is no move but no blank formula either; other units have no use for 0 */
static void
ReadMove(Parser *parser, Term *term)
{
	const char *number = parser->next;

	term->kind = MOVE;
	term->number = ReadNumber(parser, 0, LAST_NUMBER);
	term->unit = TakeUnit(parser);
	if (term->unit == NULL)
		FailAt(parser, parser->next, "D, WD, W, M, Q or Y");
	if (term->number == 0 && strcmp(term->unit->name, "D") != 0)
		FailAt(parser, number, psprintf("a number from 1 to %d", LAST_NUMBER));
}

/* CM, after the C */
static void
ReadPeriod(Parser *parser, Term *term)
{
	const char *unit;

	SkipBlanks(parser);
	unit = parser->next;
	term->kind = PERIOD;
	term->unit = TakeUnit(parser);
	if (term->unit == NULL || !term->unit->is_period)
		FailAt(parser, unit, "D, W, M, Q or Y");
}

/* WD1 */
static void
ReadDate(Parser *parser, Term *term)
{
	const char *unit = parser->next;

	term->kind = DATE;
	term->unit = TakeUnit(parser);
	if (term->unit == NULL || term->unit->last_date == 0)
		FailAt(parser, unit, "a number, C, WD or D");
	term->number = ReadNumber(parser, 1, term->unit->last_date);
}

/* False at the end of the formula */
static bool
NextTerm(Parser *parser, Term *term)
{
	if (AtEnd(parser))
		return false;

	term->sign = ReadSign(parser);
	if (AtNumber(parser))
		ReadMove(parser, term);
	else if (Take(parser, 'C'))
		ReadPeriod(parser, term);
	else
		ReadDate(parser, term);
	parser->in_first_term = false;
	return true;
}

/*
 * Evaluating. What lies out of the range of dates is DATEVAL_NOEND.
 */

/* A day of the month so many months after the date's, or that month's last day if it is shorter */
static DateADT
DayOfMonth(DateADT date, int months, int day)
{
	int			year;
	int			month;
	int			own_day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &own_day);
	months += month - 1;
	year += months / MONTHS_PER_YEAR;
	month = months % MONTHS_PER_YEAR + 1;
	if (month < 1)
	{
		month += MONTHS_PER_YEAR;
		year--;
	}
	if (!IS_VALID_JULIAN(year, month, 1))
		return DATEVAL_NOEND;
	return date2j(year, month, Min(day, day_tab[isleap(year)][month - 1])) - POSTGRES_EPOCH_JDATE;
}

static DateADT
Move(DateADT date, int sign, int number, const Unit *unit)
{
	int			year;
	int			month;
	int			day;

	if (unit->months == 0)
		return date + sign * number * unit->days;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return DayOfMonth(date, sign * number * unit->months, day);
}

/* Days since Monday */
static int
DayOfWeek(DateADT date)
{
	return (j2day(date + POSTGRES_EPOCH_JDATE) + DAYS_PER_WEEK - 1) % DAYS_PER_WEEK;
}

/* The first date after, or before, the given one that is this day of the week, counted from Monday = 1 */
static DateADT
NextWeekday(DateADT date, int sign, int number)
{
	int			days = sign * (number - 1 - DayOfWeek(date));

	return date + sign * (days > 0 ? days : days + DAYS_PER_WEEK);
}

/* The first date after, or before, the given one that is this day of a month */
static DateADT
NextDayOfMonth(DateADT date, int sign, int number)
{
	DateADT		same_month = DayOfMonth(date, 0, number);

	if (sign > 0 ? same_month > date : same_month < date)
		return same_month;
	return DayOfMonth(date, sign, number);
}

/* The first day of the date's period, or with a plus its last one */
static DateADT
EdgeOfPeriod(DateADT date, int sign, const Unit *unit)
{
	int			year;
	int			month;
	int			day;
	int			elapsed;

	if (unit->months == 0)
	{
		elapsed = unit->days == 1 ? 0 : DayOfWeek(date);
		return date - elapsed + (sign > 0 ? unit->days - 1 : 0);
	}

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	elapsed = (month - 1) % unit->months;
	return sign > 0 ? DayOfMonth(date, unit->months - 1 - elapsed, 31) : DayOfMonth(date, -elapsed, 1);
}

static DateADT
ApplyTerm(DateADT date, const Term *term)
{
	switch (term->kind)
	{
		case MOVE:
			return Move(date, term->sign, term->number, term->unit);
		case DATE:
			return term->unit->last_date == DAYS_PER_WEEK ?
				NextWeekday(date, term->sign, term->number) : NextDayOfMonth(date, term->sign, term->number);
		case PERIOD:
			return EdgeOfPeriod(date, term->sign, term->unit);
	}
	pg_unreachable();
}

/* Infinity stays infinity, as it does in the server's own arithmetic */
DateADT
EvaluateDateFormula(const char *formula, DateADT reference)
{
	Parser		parser = StartParser(formula);
	DateADT		date = reference;
	Term		term;

	while (NextTerm(&parser, &term))
	{
		if (DATE_NOT_FINITE(reference))
			continue;
		date = ApplyTerm(date, &term);
		if (!IS_VALID_DATE(date))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("date formula \"%s\" leads out of the range of dates", formula)));
	}
	return date;
}

/*
 * Reversing
 */

static char *
TermText(const Term *term)
{
	const char *unit = term->unit->name;
	char		sign = term->sign > 0 ? '+' : '-';

	switch (term->kind)
	{
		case MOVE:
			return psprintf("%c%d%s", sign, term->number, unit);
		case DATE:
			return psprintf("%c%s%d", sign, unit, term->number);
		case PERIOD:
			return psprintf("%cC%s", sign, unit);
	}
	pg_unreachable();
}

/* The terms with the other sign, as texts */
static List *
ReversedTerms(Parser *parser, bool last_first)
{
	List	   *texts = NIL;
	Term		term;

	while (NextTerm(parser, &term))
	{
		term.sign = -term.sign;
		texts = last_first ? lcons(TermText(&term), texts) : lappend(texts, TermText(&term));
	}
	return texts;
}

static text *
Reverse(text *formula, bool last_first)
{
	Parser		parser = StartParser(text_to_cstring(formula));
	List	   *texts = ReversedTerms(&parser, last_first);
	StringInfoData reversed;
	ListCell   *cell;

	initStringInfo(&reversed);
	appendStringInfoString(&reversed, parser.bracketed ? "<" : "");
	foreach(cell, texts)
		appendStringInfoString(&reversed, lfirst(cell));
	appendStringInfoString(&reversed, parser.bracketed ? ">" : "");
	return cstring_to_text(reversed.data);
}

/*
 * Functions of SQL
 */

/* crm_data.check_date_formula(formula): true, or the error that says what is wrong */
Datum
crm_check_date_formula(PG_FUNCTION_ARGS)
{
	Parser		parser = StartParser(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	Term		term;

	while (NextTerm(&parser, &term))
		;
	PG_RETURN_BOOL(true);
}

/* crm.calc_date(formula, reference_date) */
Datum
crm_calc_date(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(EvaluateDateFormula(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_DATEADT(1)));
}

/* crm.reverse_sign(formula) */
Datum
crm_reverse_sign(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(Reverse(PG_GETARG_TEXT_PP(0), false));
}

/* crm.reverse_formula(formula) */
Datum
crm_reverse_formula(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(Reverse(PG_GETARG_TEXT_PP(0), true));
}
