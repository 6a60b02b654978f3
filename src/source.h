/*
 * What is attached to the ERP, as a backend knows it.
 */
#ifndef CRM_SOURCE_H
#define CRM_SOURCE_H

#include "mapping.h"

#include "access/attmap.h"
#include "nodes/bitmapset.h"

typedef enum SourceKind
{
	DOCUMENT_SOURCE,
	PARTNER_SOURCE
} SourceKind;

/* A row of crm_data.source with its mapping */
typedef struct Source
{
	int32		source_id;
	SourceKind	kind;
	char	   *name;
	Oid			relid;			/* the attached table */
	Oid			owner;			/* of that table: whose rights the query has */
	int32		partner_source_id;	/* 0 if none */
	bool		at_commit;		/* looked at when the transaction commits, not with each statement */
	bool		reverse;		/* unposting reverses, rather than voids */
	bool		skip_without_partner;
	bool		write_back;
	char	   *relation;		/* of partners: customer, vendor, ... */
	char	   *legal_entity;
	Mapping    *mapping;		/* NULL if the query does not work any more ... */
	ErrorData  *broken;			/* ... and why */
} Source;

/* A source as one of the tables sees it whose rows touch its keys */
typedef struct Attachment
{
	Source	   *source;
	bool		own;			/* the attached table itself, not a line table */
	AttrNumber	key_attnum;		/* where a row of this table holds the key ... */
	Oid			key_type;
	char	   *key_query;		/* ... or what this query makes keys of; NULL if it is one */
	bool		all_columns;	/* any change counts ... */
	Bitmapset  *columns;		/* ... or that of these */
} Attachment;

/* A table with triggers of ours */
typedef struct AttachedTable
{
	Oid			relid;			/* hash key: the table that fires, possibly a partition */
	bool		valid;
	List	   *attachments;
	AttrMap    *partition_map;	/* to the partitioned table's columns, if they differ */
	TupleTableSlot *old_slot;	/* for converted rows */
	TupleTableSlot *new_slot;
} AttachedTable;

extern AttachedTable *FindAttachedTable(Relation relation);
extern void RetryBroken(void);
extern Source *FindSource(int32 source_id);
extern void CheckMapping(const Source *source);
extern int32 SourceIdByName(const char *name);
extern List *TablesOf(int32 source_id);
extern void LockTables(int32 source_id);
extern List *SourceIds(const char *kind, const char *name);
extern const MappingShape *ShapeOf(SourceKind kind);
extern AttrNumber KeyAttnum(Oid relid, const char *column);

extern const MappingShape document_shape;	/* document.c */
extern const MappingShape partner_shape;	/* partner.c */

#endif
