-- Posts the drafts in the order of their dates, each in its own transaction, as users do
\o /dev/null
SELECT format('SELECT erp.post(%s)', document_id) FROM erp.sales_document WHERE state = 'draft' ORDER BY document_at, document_id
\gexec
