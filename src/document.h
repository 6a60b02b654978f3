/*
 * From a row of a mapping query to an entry of the log.
 */
#ifndef CRM_DOCUMENT_H
#define CRM_DOCUMENT_H

#include "interaction_log.h"
#include "source.h"

typedef struct DocumentReader DocumentReader;

/* What becomes of a document */
typedef enum DocumentFate
{
	DOCUMENT_LOGGED,
	DOCUMENT_PROBLEM,			/* recorded */
	/* The entry is filled as far as can be, for a document that was logged before */
	DOCUMENT_NOT_LOGGED,		/* nobody wants it in the log */
	DOCUMENT_CONTACT_UNKNOWN
} DocumentFate;

extern DocumentReader *OpenDocumentReader(bool many);
extern void CloseDocumentReader(DocumentReader *reader);
extern void RecordUnknownContact(const Source *source, const char *key, const Datum *values, const bool *isnull);
extern DocumentFate ReadDocument(DocumentReader *reader, const Source *source, const char *key,
								 const Datum *values, const bool *isnull, LogEntry *entry);

#endif
