/*
 * Differences between PostgreSQL versions, each behind a wrapper that has the
 * newest meaning. No other file of the project asks for PG_VERSION_NUM.
 */
#ifndef CRM_COMPAT_H
#define CRM_COMPAT_H

#if PG_VERSION_NUM < 150000
#error crm needs PostgreSQL 15 or newer
#endif

#endif
