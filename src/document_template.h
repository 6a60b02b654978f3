#ifndef CRM_DOCUMENT_TEMPLATE_H
#define CRM_DOCUMENT_TEMPLATE_H

#include "postgres.h"

/* What the template of a document type gives to an interaction */
typedef struct DocumentTemplate
{
	char		document_type[NAMEDATALEN];	/* hash key */
	bool		known;			/* is there such a document type? */
	bool		logged;			/* has it a template? */
	bool		has_languages;	/* then it cannot log documents */
	Datum		code;			/* texts and numerics; group and code are never null */
	Datum		group_code;
	Datum		description;
	Datum		cost;
	Datum		duration;
	Datum		information_flow;	/* 0 for null, as the next three */
	Datum		initiated_by;
	Datum		campaign_no;
	Datum		correspondence_type;
	bool		campaign_target;
	bool		campaign_response;
} DocumentTemplate;

extern const DocumentTemplate *FindDocumentTemplate(const char *document_type);
extern bool LogOnPostingDate(void);

#endif
