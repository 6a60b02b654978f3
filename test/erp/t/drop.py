#!/usr/bin/python3
"""The extension goes and leaves Tryton as it was."""

from business import Decimal, find, of
from suite import *

business = open_business()
adler = find('party.party', name='Adler GmbH')
draft = business.sell(adler, [('CHAIR', 1)])

query('DROP EXTENSION crm CASCADE')
same(query("SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE NOT tgisinternal"), [], 'no trigger is left on any table')
same(query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'crm%%'"), [], 'nor a schema')

business.post(draft)
business.pay(draft)
same(draft.state, 'paid', 'an invoice is posted and paid')
birch = business.add_partner('Cedar Ltd', '4 High Street', 'LS1 4DY', 'Leeds', 'GB')
invoice = business.sell(birch, [('TABLE', 1)])
business.post(invoice)
same((invoice.state, invoice.untaxed_amount), ('posted', Decimal('240.00')), 'and one of a new party from quotation on')
done()
