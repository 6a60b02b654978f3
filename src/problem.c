/*
 * crm.posting_problem: what could not be logged, kept until it is replayed.
 */
#include "crm.h"
#include "problem.h"

#include "catalog/pg_type.h"

/* The longest key that the log takes, and that can be looked up again */
#define MAX_KEY_LENGTH 255

/*
 * Said once: an ERP may touch a document many times while its problem lasts. A key that
 * is too long is left out; replaying then looks at everything.
 */
void
RecordProblem(int32 source_id, const char *key, int sqlerrcode,
			  const char *message, const char *detail, const char *hint)
{
	static Statement insert_problem = {
		.sql = "INSERT INTO crm_data.posting_problem (source_id, document_key, sqlstate, message, detail, hint)"
		" SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT FROM crm_data.posting_problem AS p"
		" WHERE p.source_id = $1 AND p.document_key IS NOT DISTINCT FROM $2 AND p.sqlstate = $3 AND p.message = $4)",
		.nargs = 6,.argtypes = {INT4OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}
	};
	const char *texts[] = {key && strlen(key) <= MAX_KEY_LENGTH ? key : NULL, unpack_sql_state(sqlerrcode), message, detail, hint};
	Datum		values[6] = {Int32GetDatum(source_id)};
	bool		isnull[6] = {false};
	CrmScope	scope = EnterCrm();

	for (int i = 0; i < lengthof(texts); i++)
	{
		isnull[i + 1] = texts[i] == NULL;
		if (texts[i])
			values[i + 1] = CStringGetTextDatum(texts[i]);
	}
	RunStatement(&insert_problem, values, isnull);
	LeaveCrm(scope);
}

void
RecordError(int32 source_id, const char *key, const ErrorData *error)
{
	RecordProblem(source_id, key, error->sqlerrcode, error->message, error->detail, error->hint);
}
