/*
 * crm.verify_posting(): the log against the mapping queries, by plain SQL.
 *
 * Deliberately no code in common with the engine but the mapping query itself: what
 * should be in the log is said a second time here, as a query.
 */
#include "mapping_rows.h"
#include "guard.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(crm_verify_posting);

static const char verify_sql[] =
	"WITH card AS (SELECT card_key FROM crm_data.contact_business_relation WHERE source_id = $2 AND card_key IS NOT NULL),"
	" want AS ("
	"  SELECT d.document_key AS key, d.document_type, d.document_no, d.version_no, d.occurrence_no, d.partner_key,"
	"   coalesce(d.contact_no, d.contact_key) AS contact_key, d.posting_date, d.due_date, d.closed_date, d.closed_by_document_no, d.currency_code, d.currency_rate,"
	"   d.amount, d.document_amount, d.profit, d.discount, d.remaining_amount, d.item_nos, coalesce(d.legal_entity, $4) AS legal_entity,"
	"   CASE WHEN octet_length(crm_data.as_code(d.opportunity_no)) <= 100 THEN crm_data.as_code(d.opportunity_no) END AS opportunity_no,"
	"   d.salesperson_code, d.campaign_no, d.description,"
	"   CASE WHEN d.contact_no IS NOT NULL THEN EXISTS (SELECT FROM crm_data.contact AS c WHERE c.contact_no = d.contact_no)"
	"    WHEN EXISTS (SELECT FROM card WHERE card.card_key = d.contact_key) THEN true"
	"    WHEN d.partner_key IS NOT NULL THEN EXISTS (SELECT FROM card WHERE card.card_key = d.partner_key)"
	"    ELSE d.contact_key IS NULL AND NOT $3 END AND s.purpose IS NOT NULL AS is_logged"
	"  FROM document AS d"
	"  JOIN crm_data.interaction_purpose AS p ON p.purpose = d.document_type AND p.side <> 'none'"
	"  LEFT JOIN crm_data.interaction_template_setup AS s ON s.purpose = p.purpose"
	"  WHERE d.document_key IS NOT NULL AND isfinite(d.posting_date)"
	"   AND coalesce(isfinite(d.due_date), true) AND coalesce(isfinite(d.closed_date), true)"
	"   AND NOT ('NaN' = ANY (ARRAY[d.currency_rate, d.amount, d.document_amount, d.profit, d.discount, d.remaining_amount]"
	"            ) IS TRUE)"
	"   AND octet_length(d.document_key) <= 255"
	"   AND NOT EXISTS (SELECT FROM crm_data.interaction_template_language AS l"
	"                   WHERE l.interaction_template_code = s.interaction_template_code)),"
	" have AS ("
	"  SELECT document_key AS key, document_type, document_no, version_no, occurrence_no, partner_key,"
	"   contact_key, posting_date, due_date, closed_date, closed_by_document_no, currency_code, currency_rate,"
	"   amount, document_amount, profit, discount, remaining_amount, item_nos, legal_entity,"
	"   CASE WHEN NOT linked_by_hand THEN opportunity_no END AS opportunity_no, salesperson_code, campaign_no, description"
	"  FROM crm_data.interaction WHERE source_id = $1 AND posted)"
	" SELECT coalesce(want.key, have.key),"
	"  CASE WHEN have.key IS NULL THEN 'not logged' WHEN want.key IS NULL THEN 'not posted' ELSE 'different' END,"
	"  jsonb_strip_nulls(to_jsonb(want) - 'key' - 'is_logged'), jsonb_strip_nulls(to_jsonb(have) - 'key')"
	" FROM want FULL JOIN have ON have.key = want.key"
	/* An entry outlives its contact and its template, but without them none is to be made */
	" WHERE want.key IS NULL OR have.key IS NULL AND want.is_logged"
	"  OR have.key IS NOT NULL AND ((want.document_type, want.document_no, want.version_no, want.occurrence_no, want.partner_key, want.contact_key,"
	"      want.posting_date, want.due_date, want.closed_date, want.closed_by_document_no, want.currency_code, want.currency_rate, want.amount,"
	"      want.document_amount, want.profit, want.discount, want.remaining_amount, want.item_nos, want.legal_entity, want.opportunity_no)"
	"     IS DISTINCT FROM"
	"     (have.document_type, have.document_no, have.version_no, have.occurrence_no, have.partner_key, have.contact_key,"
	"      have.posting_date, have.due_date, have.closed_date, have.closed_by_document_no, have.currency_code, have.currency_rate, have.amount,"
	"      have.document_amount, have.profit, have.discount, have.remaining_amount, have.item_nos, have.legal_entity, have.opportunity_no)"
	/* Where the document says nothing, something else may have been taken */
	"  OR want.salesperson_code <> have.salesperson_code OR have.salesperson_code IS NULL AND want.salesperson_code IS NOT NULL"
	"  OR want.campaign_no <> have.campaign_no OR have.campaign_no IS NULL AND want.campaign_no IS NOT NULL"
	"  OR want.description <> have.description OR have.description IS NULL AND want.description IS NOT NULL)"
	" ORDER BY 1";

typedef struct Verification
{
	Source	   *source;
	ReturnSetInfo *result;
} Verification;

static void
PutDifference(ReturnSetInfo *result, const Source *source, Datum rest[4], const bool rest_isnull[4])
{
	Datum		values[5] = {CStringGetTextDatum(source->name)};
	bool		isnull[5] = {false};

	memcpy(values + 1, rest, 4 * sizeof(Datum));
	memcpy(isnull + 1, rest_isnull, 4 * sizeof(bool));
	tuplestore_putvalues(result->setResult, result->setDesc, values, isnull);
}

/* Guarded */
static void
VerifySource(void *argument)
{
	Verification *verification = argument;
	Source	   *source = verification->source;
	CrmScope	scope = EnterCrm();
	Datum		parameters[4] = {
		Int32GetDatum(source->source_id), Int32GetDatum(source->partner_source_id),
		BoolGetDatum(source->skip_without_partner), CStringGetTextDatum(source->legal_entity)
	};
	OfferedRows rows = OfferRows(source, NULL, 0);

	SPI_execute_with_args(verify_sql, 4, (Oid[]) {INT4OID, INT4OID, BOOLOID, TEXTOID}, parameters, NULL, true, 0);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		Datum		values[4];
		bool		isnull[4];

		for (int i = 0; i < 4; i++)
			values[i] = ResultValue(row, i + 1, &isnull[i]);
		PutDifference(verification->result, source, values, isnull);
	}
	WithdrawRows(rows);
	LeaveCrm(scope);
}

static void
PutFailure(Verification *verification, const ErrorData *error)
{
	Datum		values[4] = {[1] = CStringGetTextDatum(psprintf("mapping query does not work: %s", error->message))};
	bool		isnull[4] = {true, false, true, true};

	PutDifference(verification->result, verification->source, values, isnull);
}

/* crm.verify_posting(name) */
Datum
crm_verify_posting(PG_FUNCTION_ARGS)
{
	char	   *name = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	Verification verification = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	if (name)
		SourceIdByName(name);
	foreach(cell, SourceIds("document", name))
	{
		ErrorData  *error;

		verification.source = FindSource(lfirst_int(cell));
		if (verification.source->mapping == NULL)
			PutFailure(&verification, verification.source->broken);
		else if (!RunGuarded(VerifySource, &verification, &error))
			PutFailure(&verification, error);
	}
	return (Datum) 0;
}
