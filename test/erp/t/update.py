#!/usr/bin/python3
"""Tryton updates its own tables, and gets new columns from a module, with the triggers in place."""

import os
import subprocess

from suite import *

COLUMNS = ("SELECT count(*) FROM pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN"
           " (SELECT t.tgrelid FROM pg_trigger t WHERE t.tgfoid = 'crm_data.log_posting'::regproc)")
columns = value(COLUMNS)
before = log_state()


def admin(*arguments):
    return subprocess.run(['/usr/bin/python3', '/usr/bin/trytond-admin', '-c', os.environ['TRYTOND_CONFIG'],
                           '-d', os.environ['PGDATABASE'], *arguments], stdout=subprocess.DEVNULL).returncode


same(admin('-u', 'account_invoice', 'sale_discount'), 0, 'Tryton updates the modules of attached tables and activates a further one')
ok(value(COLUMNS) > columns, 'which adds columns to them')
same(log_state(), before, 'none of which touches the log')

from business import Decimal, find

business = open_business()
adler = find('party.party', name='Adler GmbH')
sale = business.order(business.quote(adler, [('CHAIR', 2), ('LAMP', 1)]))
is_order_logged(sale, 'a sale after the update')
shipment, = business.ship(sale)
is_shipment_logged('tryton customer shipment', shipment, 'sales shipment', 'a shipment after the update')
invoice, = sale.invoices
business.post(invoice)
is_invoice_logged(invoice, 'an invoice after the update')
business.pay(invoice)
is_invoice_logged(invoice, 'its payment')

query_as_tryton('ALTER TABLE account_invoice ALTER COLUMN state TYPE text')
query_as_tryton('ALTER TABLE account_invoice ALTER COLUMN state TYPE varchar')
other = business.sell(adler, [('LAMP', 1)])
business.post(other)
is_invoice_logged(other, 'an invoice after a column that the mapping reads has changed its type and back')
is_complete('after the update')
is_sound('after the update')
done()
