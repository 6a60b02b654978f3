"""What the tests share: TAP, SQL, and what a Tryton document must look like as an interaction."""

import os
import sys
from decimal import Decimal

import psycopg2
import psycopg2.extras

from business import Business, of

_tests = 0
_failed = 0


def ok(condition, name, diagnosis=None):
    global _tests, _failed
    _tests += 1
    print('%s %d - %s' % ('ok' if condition else 'not ok', _tests, name))
    if not condition:
        _failed += 1
        for line in str(diagnosis).splitlines():
            print('# ' + line)
    sys.stdout.flush()


def same(actual, expected, name):
    ok(actual == expected, name, 'expected %r\n     got %r' % (expected, actual))


def done():
    print('1..%d' % _tests)
    sys.exit(1 if _failed else 0)


def open_business():
    return Business(os.environ['PGDATABASE'], os.environ['TRYTOND_CONFIG'])


# SQL, as the superuser whom crm belongs to, or as the role that Tryton works with and owns its tables

def _connect(user):
    connection = psycopg2.connect('', user=user)
    connection.autocommit = True
    return connection


_superuser = _connect(os.environ['SUPERUSER'])
_tryton = _connect(os.environ['PGUSER'])


def query(sql, *values, connection=_superuser):
    with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute(sql, values)
        return [dict(row) for row in cursor.fetchall()] if cursor.description else []


def query_as_tryton(sql, *values):
    return query(sql, *values, connection=_tryton)


def value(sql, *values):
    [row] = query(sql, *values)
    [column] = row.values()
    return column


# The log

ENTRIES = """
SELECT i.*, r.card_key
FROM crm.interaction i
JOIN crm.source s USING (source_id)
LEFT JOIN crm.contact_business_relation r ON r.contact_id = i.contact_id AND r.link_type = 'customer'
WHERE s.source_name = %s AND i.document_key = %s
ORDER BY i.interaction_id"""


def entries(source, record):
    return query(ENTRIES, source, str(record.id))


def live(source, record):
    return [entry for entry in entries(source, record) if entry['posted']]


def is_logged(source, record, name, **expected):
    """The record is exactly one live entry of the source, with these values among its columns."""
    found = live(source, record)
    if len(found) != 1:
        ok(False, name, '%d entries for %s %s' % (len(found), source, record.id))
        return
    actual = {column: found[0][column] for column in expected}
    same(actual, expected, name)


def is_not_logged(source, record, name):
    same(live(source, record), [], name)


def is_sound(name):
    """The log equals the mapping queries, and nothing went wrong."""
    same(query('SELECT * FROM crm.verify_posting()'), [], name + ': verify_posting is empty')
    same(query('SELECT * FROM crm.posting_problem'), [], name + ': posting_problem is empty')


def is_complete(name):
    """There are as many live entries of each source as Tryton's client finds documents."""
    ordered = ['confirmed', 'processing', 'done']
    expected = {}
    for side, model, quote in [('sales', 'sale.sale', 'quotation'), ('purchase', 'purchase.purchase', 'request')]:
        expected['tryton %s %s' % (side, quote)] = count(model, ('state', 'in', ['quotation'] + ordered))
        expected['tryton %s order' % side] = count(model, ('state', 'in', ordered))
    for shipment, model in [('customer shipment', 'out'), ('customer return', 'out.return'),
                            ('supplier shipment', 'in'), ('supplier return', 'in.return')]:
        expected['tryton ' + shipment] = count('stock.shipment.' + model, ('state', '=', 'done'))
    credited = ('cancel_move.origin', 'like', 'account.invoice,%')
    for partner, invoice_type in [('customer', 'out'), ('supplier', 'in')]:
        expected['tryton %s invoice' % partner] = count(
            'account.invoice', ('type', '=', invoice_type), ['OR', ('state', 'in', ['posted', 'paid']), credited])
    logged = query('SELECT source_name, count(i.interaction_id) FROM crm.source s'
                   ' LEFT JOIN crm.interaction i ON i.source_id = s.source_id AND i.posted'
                   " WHERE s.source_kind = 'document' GROUP BY source_name")
    same({row['source_name']: row['count'] for row in logged}, expected, name + ': one entry for each document')


def count(model, *domain):
    return len(of(model).find(list(domain)))


def log_state():
    """Changes with any write to the log, even one that changes no value: views do not show the version of a row."""
    return query('SELECT interaction_id, xmin::text AS version FROM crm_data.interaction ORDER BY 1')


# Contacts

def is_contact(party, test_name, **expected):
    """The party is exactly one contact, with these values among its columns."""
    found = query('SELECT c.* FROM crm.contact c JOIN crm.contact_business_relation r USING (contact_id)'
                  ' WHERE r.card_key = %s', str(party.id))
    if len(found) != 1:
        ok(False, test_name, '%d contacts' % len(found))
        return
    same({column: found[0][column] for column in expected}, expected, test_name)


# Documents, in Tryton's own figures as its client computes them

def items(lines):
    return sorted({line.product.code for line in lines if line.product}) or None


def salesperson(order):
    employee = order.quoted_by or order.confirmed_by
    return employee.party.code if employee else None


def in_euro(document, amount):
    """The scenario's one rate, 1.25 dollars to the euro."""
    return amount if document.currency.code == 'EUR' else (amount / Decimal('1.25')).quantize(Decimal('0.01'))


def order_facts(order, document_type, posting_date):
    origin = getattr(order, 'origin', None)
    return dict(
        document_type=document_type,
        document_no=order.number,
        card_key=str(order.party.id),
        posting_date=posting_date,
        amount=in_euro(order, order.untaxed_amount),
        document_amount=order.untaxed_amount,
        currency_code=order.currency.code,
        salesperson_code=salesperson(order),
        opportunity_no=origin.number if origin and origin.__class__.__name__ == 'sale.opportunity' else None,
        item_nos=items(order.lines),
        canceled=False)


def is_order_logged(order, name):
    """A sale or purchase from confirmation on: the quotation that it was, and the order."""
    kind = order.__class__.__name__.split('.')[0]
    quote = 'tryton sales quotation' if kind == 'sale' else 'tryton purchase request'
    side = 'sales' if kind == 'sale' else 'purchase'
    returned = 'return ' if order.untaxed_amount < 0 else ''
    is_logged(quote, order, name + ': the quotation', **order_facts(order, side + ' quote', order.create_date.date()))
    is_logged('tryton %s order' % side, order, name + ': the order',
              **order_facts(order, '%s %sorder' % (side, returned), getattr(order, kind + '_date')))


def is_shipment_logged(source, shipment, document_type, name):
    party = shipment.supplier if 'stock.shipment.in' in shipment.__class__.__name__ else shipment.customer
    moves = shipment.moves
    is_logged(source, shipment, name,
              document_type=document_type,
              document_no=shipment.number,
              card_key=str(party.id),
              posting_date=shipment.effective_date,
              amount=None,
              item_nos=items(moves),
              canceled=False)


def invoice_facts(invoice):
    side = 'sales' if invoice.type == 'out' else 'purchase'
    return dict(
        document_type=side + (' credit memo' if invoice.untaxed_amount < 0 else ' invoice'),
        document_no=invoice.number,
        card_key=str(invoice.party.id),
        posting_date=invoice.accounting_date or invoice.invoice_date,
        due_date=max(line.maturity_date for line in invoice.lines_to_pay),
        closed_date=invoice.reconciled if invoice.state in ('paid', 'cancelled') else None,
        amount=in_euro(invoice, invoice.untaxed_amount),
        document_amount=invoice.untaxed_amount,
        remaining_amount=in_euro(invoice, invoice.amount_to_pay),
        currency_code=invoice.currency.code,
        item_nos=items(invoice.lines),
        canceled=False)


def is_invoice_logged(invoice, name, **more):
    source = 'tryton customer invoice' if invoice.type == 'out' else 'tryton supplier invoice'
    is_logged(source, invoice, name, **dict(invoice_facts(invoice), **more))
