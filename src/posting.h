/*
 * Notes: what the rows that a statement touched mean for the log.
 */
#ifndef CRM_POSTING_H
#define CRM_POSTING_H

#include "source.h"

typedef enum NoteKind
{
	NOTE_APPEARED,
	NOTE_CHANGED,
	NOTE_GONE,
	NOTE_TOUCHED,
	NOTE_HINTED,
	NOTE_SETTLED				/* nothing is left to do */
} NoteKind;

typedef struct Note
{
	Source	   *source;
	NoteKind	kind;
	SubTransactionId subid;
	char	   *key_text;
	Datum		key;			/* of touched; of hinted, a value that leads to keys */
	const Attachment *attachment;	/* of hinted */
	bool		lock;			/* of touched: the attached row itself is not ours yet */
	Datum	   *values;			/* of appeared and changed: the answer of the mapping */
	bool	   *isnull;
} Note;

typedef struct Notes
{
	MemoryContext memory;
	int			nnotes;
	int			capacity;
	bool		replayed;		/* what is in the log already may not have been followed by opportunities */
	Note	   *notes;
} Notes;

/* As many as are kept before they are written */
#define MAX_NOTES 1000

extern Notes *MakeNotes(MemoryContext parent);
extern Note *AddNote(Notes *notes, Source *source, NoteKind kind, char *key_text);
extern void RecordNullKey(const Source *source);
extern void SetAnswer(Note *note, HeapTuple answer, TupleDesc tupdesc);

/* document_sync.c */
extern void WriteNotes(Notes *notes);
extern int64 BackfillDocuments(Source *source);
extern void ResyncSource(Source *source, bool own);

#endif
