/*
 * Tasks of opportunities (domain/2 section 6.8, and O39 for canceling).
 */
#include "opportunity_entry.h"

/* Recurrence goes first, so that nothing follows what is canceled */
void
CancelOpenTasks(EntryDraft *draft)
{
	static Statement cancel = {
		.sql = "UPDATE crm_data.task SET recurring = false, canceled = true, closed = true, status = 'completed', date_closed = crm_data.today()"
		" WHERE opportunity_no = $1 AND NOT closed",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	WriteAtPresent(&cancel, draft->values, draft->isnull);
}

/*
 * O32 and O33: the tasks of the activity of the stage that an entry has come to, all counted from the day of the change.
 * An activity without steps is one task.
 */
void
CreateTasks(Datum entry_no)
{
	static Statement create = {
		.sql = "INSERT INTO crm_data.task (task_type, description, priority, task_date, salesperson_code, contact_id, company_id,"
		" campaign_no, segment_no, opportunity_no, opportunity_entry_no, legal_entity)"
		" SELECT s.task_type, coalesce(s.description, a.description), coalesce(s.priority, 'normal'),"
		" coalesce(crm.calc_date(s.date_formula, e.date_of_change), e.date_of_change),"
		" o.salesperson_code, o.contact_id, o.company_id, o.campaign_no, o.segment_no, o.opportunity_no, e.entry_no, o.legal_entity"
		" FROM crm_data.opportunity_entry AS e JOIN crm_data.opportunity AS o USING (opportunity_no)"
		" JOIN crm_data.sales_cycle_stage AS st ON st.sales_cycle_code = e.sales_cycle_code AND st.sales_cycle_stage = e.sales_cycle_stage"
		" JOIN crm_data.activity AS a USING (activity_code)"
		" LEFT JOIN crm_data.activity_step AS s USING (activity_code)"
		" WHERE e.opportunity_entry_id = $1 ORDER BY s.step_no",
		.nargs = 1, .argtypes = {INT8OID}
	};

	WriteAtPresent(&create, &entry_no, NULL);
}

/* Some stages are left forward only when their tasks are done */
void
CheckTasksClosed(EntryDraft *draft)
{
	static Statement find = {
		.sql = "SELECT t.description, st.description FROM crm_data.opportunity_entry AS e"
		" JOIN crm_data.sales_cycle_stage AS st ON st.sales_cycle_code = e.sales_cycle_code AND st.sales_cycle_stage = e.sales_cycle_stage"
		" JOIN crm_data.task AS t ON t.opportunity_no = e.opportunity_no AND NOT t.closed"
		" WHERE e.opportunity_entry_id = $2 AND st.tasks_closed_required ORDER BY t.task_date, t.task_id LIMIT 1",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	if (CheckDraft(&find, draft))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("opportunity \"%s\" has open tasks", draft->opportunity_no),
				 errdetail("Stage \"%s\" wants them closed; \"%s\" is not.", ResultText(0, 2), ResultText(0, 1)),
				 errhint("Close the tasks, or cancel them.")));
}
