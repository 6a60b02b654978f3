/*
 * Tryton 6.0: partners, and every commercial document of sales, purchase, stock and invoicing.
 *
 * Run it as the owner of Tryton's tables, after CREATE EXTENSION crm and
 * SELECT crm.install_defaults(); README.md says how, and what is mapped to what.
 *
 * References between Tryton's documents are texts such as 'sale.line,42'. Tryton rounds
 * half to even and by the currency's own step; figures that it stores are taken from
 * there, and order lines, whose amounts it does not store, are rounded in the same way.
 */

/*
 * Partners. Tryton has one kind of card, whoever buys or sells. Its ORM caches records and checks
 * them in Python, so that nothing may write to its tables but itself: write_back is false.
 */
SELECT crm.attach_partner('tryton party',
	on_table => 'party_party',
	key => 'id',
	relation => 'customer',
	write_back => false,
	also => '{"party_address": "party", "party_contact_mechanism": "party", "party_identifier": "party",
		"party_party_lang": "party"}',
	query => $$
SELECT p.id AS card_key,
	p.code AS card_no,
	'company' AS contact_type,
	coalesce(nullif(p.name, ''), p.code) AS name,
	split_part(a.street, E'\n', 1) AS address,
	nullif(split_part(a.street, E'\n', 2), '') AS address_2,
	a.city,
	a.postal_code AS post_code,
	a.county,
	a.country_code,
	m.phone_no,
	m.mobile_phone_no,
	m.fax_no,
	m.emails[1] AS email,
	m.emails[2] AS email_2,
	m.home_page,
	l.language_code,
	v.vat_registration_no
FROM party_party p
LEFT JOIN LATERAL (
	SELECT a.street, a.city, a.postal_code, c.code AS country_code, s.name AS county
	FROM party_address a
	LEFT JOIN country_country c ON c.id = a.country
	LEFT JOIN country_subdivision s ON s.id = a.subdivision
	WHERE a.party = p.id AND a.active
	ORDER BY a.sequence NULLS FIRST, a.id LIMIT 1) a ON true
LEFT JOIN LATERAL (
	SELECT (array_agg(m.value ORDER BY m.sequence NULLS FIRST, m.id) FILTER (WHERE m.type = 'phone'))[1] AS phone_no,
		(array_agg(m.value ORDER BY m.sequence NULLS FIRST, m.id) FILTER (WHERE m.type = 'mobile'))[1] AS mobile_phone_no,
		(array_agg(m.value ORDER BY m.sequence NULLS FIRST, m.id) FILTER (WHERE m.type = 'fax'))[1] AS fax_no,
		array_agg(m.value ORDER BY m.sequence NULLS FIRST, m.id) FILTER (WHERE m.type = 'email') AS emails,
		(array_agg(m.value ORDER BY m.sequence NULLS FIRST, m.id) FILTER (WHERE m.type = 'website'))[1] AS home_page
	FROM party_contact_mechanism m
	WHERE m.party = p.id AND m.active) m ON true
LEFT JOIN LATERAL (
	SELECT v.code AS vat_registration_no
	FROM party_identifier v
	WHERE v.party = p.id AND v.type ~ '_(vat|tva|iva|btw|alv|dic|cvr|kmkr|nif|anum|vsk|pvm|pvn|mva|nip|cf|ddv|dph)$'
	ORDER BY v.sequence NULLS FIRST, v.id LIMIT 1) v ON true
LEFT JOIN LATERAL (
	SELECT g.code AS language_code
	FROM party_party_lang pl JOIN ir_lang g ON g.id = pl.lang
	WHERE pl.party = p.id
	ORDER BY pl.company NULLS LAST, pl.id LIMIT 1) l ON true
$$);

/*
 * Quotations and orders: two documents of one row. The quotation stays in the history when it has
 * become an order. Tryton does not keep its date, so it gets that of the draft. Orders of negative
 * quantities are returns.
 */
SELECT crm.attach_document(source_name,
	on_table => header::regclass,
	key => 'id',
	partner => 'tryton party',
	also => jsonb_build_object(line, reference),
	query => format($$
SELECT s.id AS document_key,
	s.number AS document_no,
	CASE WHEN n.amount < 0 THEN %5$L ELSE %4$L END AS document_type,
	s.party AS partner_key,
	d.posting_date,
	CASE WHEN s.currency = c.currency THEN n.amount ELSE round(n.amount * r.rate, cc.digits) END AS amount,
	n.amount AS document_amount,
	sc.code AS currency_code,
	r.rate AS currency_rate,
	e.code AS salesperson_code,
	o.number AS opportunity_no,
	s.description,
	n.item_nos,
	cp.code AS legal_entity
FROM %1$I s
JOIN company_company c ON c.id = s.company
JOIN party_party cp ON cp.id = c.party
JOIN currency_currency cc ON cc.id = c.currency
JOIN currency_currency sc ON sc.id = s.currency
LEFT JOIN company_employee ee ON ee.id = coalesce(s.quoted_by, s.confirmed_by)
LEFT JOIN party_party e ON e.id = ee.party
LEFT JOIN sale_opportunity o ON o.id = substring(s.origin FROM '^sale\.opportunity,(\d+)$')::integer
CROSS JOIN LATERAL (SELECT %6$s AS posting_date) d
CROSS JOIN LATERAL (
	SELECT CASE WHEN s.currency = c.currency THEN 1 ELSE
		(SELECT r.rate FROM currency_currency_rate r
			WHERE r.currency = c.currency AND r.date <= d.posting_date ORDER BY r.date DESC LIMIT 1)
		/ (SELECT r.rate FROM currency_currency_rate r
			WHERE r.currency = s.currency AND r.date <= d.posting_date ORDER BY r.date DESC LIMIT 1) END AS rate) r
CROSS JOIN LATERAL (
	SELECT coalesce(sum(CASE WHEN abs(mod(a.steps, 1)) = 0.5 THEN 2 * round(a.steps / 2) ELSE round(a.steps) END), 0)
			* sc.rounding AS amount,
		array_agg(DISTINCT p.code ORDER BY p.code) FILTER (WHERE p.code IS NOT NULL) AS item_nos
	FROM %2$I l
	LEFT JOIN product_product p ON p.id = l.product
	CROSS JOIN LATERAL (SELECT l.quantity::numeric * l.unit_price / sc.rounding AS steps) a
	WHERE l.%3$I = s.id AND l.type = 'line') n
WHERE s.state = ANY (%7$L)
$$, header, line, reference, document_type, return_type, posting_date, states))
FROM (VALUES
	('tryton sales quotation', 'sale_sale', 'sale_line', 'sale', 'sales quote', 'sales quote',
		's.create_date::date', '{quotation,confirmed,processing,done}'),
	('tryton sales order', 'sale_sale', 'sale_line', 'sale', 'sales order', 'sales return order',
		's.sale_date', '{confirmed,processing,done}'),
	('tryton purchase request', 'purchase_purchase', 'purchase_line', 'purchase', 'purchase quote', 'purchase quote',
		's.create_date::date', '{quotation,confirmed,processing,done}'),
	('tryton purchase order', 'purchase_purchase', 'purchase_line', 'purchase', 'purchase order', 'purchase return order',
		's.purchase_date', '{confirmed,processing,done}'))
	v (source_name, header, line, reference, document_type, return_type, posting_date, states);

/* Shipments, which carry no amounts, with the salesperson of the first order that they deliver. */
SELECT crm.attach_document(source_name,
	on_table => shipment::regclass,
	key => 'id',
	partner => 'tryton party',
	query => format($$
SELECT s.id AS document_key,
	s.number AS document_no,
	%2$L AS document_type,
	s.%3$I AS partner_key,
	s.effective_date AS posting_date,
	n.salesperson_code,
	n.item_nos,
	cp.code AS legal_entity
FROM %1$I s
JOIN company_company c ON c.id = s.company
JOIN party_party cp ON cp.id = c.party
CROSS JOIN LATERAL (
	SELECT array_agg(DISTINCT p.code ORDER BY p.code) FILTER (WHERE p.code IS NOT NULL) AS item_nos,
		(array_agg(e.code ORDER BY o.id) FILTER (WHERE e.code IS NOT NULL))[1] AS salesperson_code
	FROM stock_move m
	JOIN product_product p ON p.id = m.product
	LEFT JOIN %5$I l ON l.id = substring(m.origin FROM %8$L)::integer
	LEFT JOIN %6$I o ON o.id = l.%7$I
	LEFT JOIN company_employee ee ON ee.id = coalesce(o.quoted_by, o.confirmed_by)
	LEFT JOIN party_party e ON e.id = ee.party
	WHERE m.shipment = %4$L || s.id AND m.state = 'done') n
WHERE s.state = 'done'
$$, shipment, document_type, partner, model || ',', line, header, reference, '^' || reference || '\.line,(\d+)$'))
FROM (VALUES
	('tryton customer shipment', 'stock_shipment_out', 'stock.shipment.out', 'sales shipment',
		'customer', 'sale_line', 'sale_sale', 'sale'),
	('tryton customer return', 'stock_shipment_out_return', 'stock.shipment.out.return', 'sales return receipt',
		'customer', 'sale_line', 'sale_sale', 'sale'),
	('tryton supplier shipment', 'stock_shipment_in', 'stock.shipment.in', 'purchase receipt',
		'supplier', 'purchase_line', 'purchase_purchase', 'purchase'),
	('tryton supplier return', 'stock_shipment_in_return', 'stock.shipment.in.return', 'purchase return shipment',
		'supplier', 'purchase_line', 'purchase_purchase', 'purchase'))
	v (source_name, shipment, model, document_type, partner, line, header, reference);

/*
 * Invoices and credit notes. Tryton does not tell them apart: a negative total makes the credit note.
 *
 * A credit note with refund cancels its invoice by the credit note's own move. Both were posted and
 * net to zero, so that such an invoice stays. An invoice cancelled without a credit note is reversed.
 *
 * Net amounts are those of the move's lines that come from invoice lines. Profit takes the cost of the
 * stock moves of the order line behind each line (a credited line has that of the line it credits);
 * it is NULL while a line of goods has none.
 *
 * What happens to an invoice afterwards is in other tables: payments and due dates in the lines of its
 * move, which names it as its origin, and the cost in stock moves that are done later.
 */
SELECT crm.attach_document(source_name,
	on_table => 'account_invoice',
	key => 'id',
	partner => 'tryton party',
	on_unpost => 'reverse',
	also => jsonb_build_object(
		'"account_invoice-account_move_line"', 'invoice',
		'account_move_line', jsonb_build_object('column', 'move', 'keys', format($$
SELECT i.id
FROM account_move m
JOIN account_invoice i ON i.id = substring(m.origin FROM '^account\.invoice,(\d+)$')::integer
WHERE m.id = ANY ($1) AND i.move IS NOT NULL AND i.type = %L
$$, type))) || cost_table,
	query => format($$
SELECT i.id AS document_key,
	i.number AS document_no,
	CASE WHEN n.amount < 0 THEN %3$L ELSE %2$L END AS document_type,
	i.party AS partner_key,
	coalesce(i.accounting_date, i.invoice_date) AS posting_date,
	t.due_date,
	CASE i.state WHEN 'paid' THEN t.closed_date WHEN 'cancelled' THEN x.date END AS closed_date,
	n.amount,
	n.document_amount,
	sc.code AS currency_code,
	CASE WHEN i.currency = c.currency THEN 1 ELSE
		(SELECT r.rate FROM currency_currency_rate r
			WHERE r.currency = c.currency AND r.date <= i.invoice_date ORDER BY r.date DESC LIMIT 1)
		/ (SELECT r.rate FROM currency_currency_rate r
			WHERE r.currency = i.currency AND r.date <= i.invoice_date ORDER BY r.date DESC LIMIT 1) END AS currency_rate,
	CASE i.type WHEN 'out' THEN n.amount - round(f.cost, cc.digits) END AS profit,
	CASE i.state WHEN 'posted' THEN t.unpaid + p.paid ELSE 0 END AS remaining_amount,
	f.salesperson_code,
	f.opportunity_no,
	i.description,
	f.item_nos,
	cp.code AS legal_entity
FROM account_invoice i
JOIN company_company c ON c.id = i.company
JOIN party_party cp ON cp.id = c.party
JOIN currency_currency cc ON cc.id = c.currency
JOIN currency_currency sc ON sc.id = i.currency
LEFT JOIN account_move x ON x.id = i.cancel_move AND x.origin LIKE 'account.invoice,%%'
CROSS JOIN LATERAL (
	SELECT coalesce(sum(%4$s * (l.credit - l.debit)), 0) AS amount,
		coalesce(sum(%4$s * CASE WHEN l.second_currency = i.currency
			THEN -l.amount_second_currency ELSE l.credit - l.debit END), 0) AS document_amount
	FROM account_move_line l
	WHERE l.move = i.move AND l.origin LIKE 'account.invoice.line,%%') n
CROSS JOIN LATERAL (
	SELECT max(l.maturity_date) AS due_date, max(r.date) AS closed_date,
		coalesce(sum(%4$s * (l.debit - l.credit)) FILTER (WHERE l.reconciliation IS NULL), 0) AS unpaid
	FROM account_move_line l
	LEFT JOIN account_move_reconciliation r ON r.id = l.reconciliation
	WHERE l.move = i.move AND l.account = i.account) t
CROSS JOIN LATERAL (
	SELECT coalesce(sum(%4$s * (l.debit - l.credit)), 0) AS paid
	FROM "account_invoice-account_move_line" a
	JOIN account_move_line l ON l.id = a.line
	WHERE a.invoice = i.id AND l.reconciliation IS NULL) p
CROSS JOIN LATERAL (
	SELECT array_agg(DISTINCT p.code ORDER BY p.code) FILTER (WHERE p.code IS NOT NULL) AS item_nos,
		(array_agg(e.code ORDER BY l.id) FILTER (WHERE e.code IS NOT NULL))[1] AS salesperson_code,
		(array_agg(op.number ORDER BY l.id) FILTER (WHERE op.number IS NOT NULL))[1] AS opportunity_no,
		CASE WHEN bool_and(m.unit_cost IS NOT NULL OR pt.type IS DISTINCT FROM 'goods') THEN
			coalesce(sum((l.quantity * u.factor / pu.factor)::numeric * m.unit_cost), 0) END AS cost
	FROM account_invoice_line l
	LEFT JOIN product_product p ON p.id = l.product
	LEFT JOIN product_template pt ON pt.id = p.template
	LEFT JOIN product_uom u ON u.id = l.unit
	LEFT JOIN product_uom pu ON pu.id = pt.default_uom
	LEFT JOIN account_invoice_line credited
		ON credited.id = substring(l.origin FROM '^account\.invoice\.line,(\d+)$')::integer
	LEFT JOIN %6$I ol ON ol.id = substring(coalesce(credited.origin, l.origin) FROM %8$L)::integer
	LEFT JOIN %5$I o ON o.id = ol.%7$I
	LEFT JOIN sale_opportunity op ON op.id = substring(o.origin FROM '^sale\.opportunity,(\d+)$')::integer
	LEFT JOIN company_employee ee ON ee.id = coalesce(o.quoted_by, o.confirmed_by)
	LEFT JOIN party_party e ON e.id = ee.party
	LEFT JOIN LATERAL (
		SELECT sum(m.internal_quantity::numeric * m.cost_price) / nullif(sum(m.internal_quantity::numeric), 0) AS unit_cost
		FROM stock_move m
		WHERE m.origin = %9$L || ol.id AND m.state = 'done') m ON true
	WHERE l.invoice = i.id AND l.type = 'line') f
WHERE i.type = %1$L AND (i.state IN ('posted', 'paid') OR i.state = 'cancelled' AND x.id IS NOT NULL)
$$, type, invoice, credit_memo, sign, header, line, reference,
		'^' || reference || '\.line,(\d+)$', reference || '.line,'))
FROM (VALUES
	('tryton customer invoice', 'out', 'sales invoice', 'sales credit memo', '1', 'sale_sale', 'sale_line', 'sale',
		jsonb_build_object('stock_move', jsonb_build_object('column', 'origin', 'keys', $$
SELECT l.invoice FROM account_invoice_line l WHERE l.origin = ANY ($1)
UNION
SELECT c.invoice
FROM account_invoice_line l
JOIN account_invoice_line c ON c.origin = 'account.invoice.line,' || l.id
WHERE l.origin = ANY ($1)
$$))),
	('tryton supplier invoice', 'in', 'purchase invoice', 'purchase credit memo', '-1',
		'purchase_purchase', 'purchase_line', 'purchase', '{}'))
	v (source_name, type, invoice, credit_memo, sign, header, line, reference, cost_table);
