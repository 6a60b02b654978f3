#!/usr/bin/python3
"""A company with a history attaches crm: its parties and documents are taken over, and later parties follow."""

import os
import subprocess

from business import make, of
from suite import *

business = open_business()
business.found()

adler = business.add_partner('Adler GmbH', 'Hauptstrasse 1\nHof 2', '10115', 'Berlin', 'DE', language='de', vat_no='DE136695976',
                             phone='+49 30 901820', mobile='+49 1512 3456789', email='post@adler.example', website='https://adler.example')
sawmill = business.add_partner('Sawmill Ltd', '3 Forest Lane', 'AB10 1AB', 'Aberdeen', 'GB', email='office@sawmill.example')

paid = business.sell(adler, [('CHAIR', 4), ('LAMP', 3), ('TABLE', 1, '200.00')])
business.post(paid)
business.pay(paid)
cancelled = business.sell(adler, [('LAMP', 1)])
business.post(cancelled)
credit_note = business.credit(cancelled, refund=True)
bought = business.buy(sawmill, [('CHAIR', 10, '45.00')])
business.post(bought)
draft = business.sell(adler, [('CHAIR', 1)])

query('CREATE EXTENSION crm')
query('SELECT crm.install_defaults()')
query('GRANT USAGE ON SCHEMA crm TO tryton')
query('GRANT EXECUTE ON FUNCTION crm.attach_partner, crm.attach_document TO tryton')
subprocess.run(['psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', os.environ['ADAPTER']], check=True, stdout=subprocess.DEVNULL)
same(value('SELECT count(*) FROM crm.interaction'), 0, 'attaching logs nothing by itself')

query('REVOKE ALL ON SCHEMA crm FROM tryton')
query('REVOKE ALL ON FUNCTION crm.attach_partner, crm.attach_document FROM tryton')

query('SELECT crm.backfill(source_name) FROM crm.source ORDER BY source_kind DESC, source_id')

is_contact(adler, 'a party became a contact with all that Tryton knows of it',
           contact_type='company', name='Adler GmbH', address='Hauptstrasse 1', address_2='Hof 2', post_code='10115',
           city='Berlin', country_code='DE', language_code='DE', vat_registration_no='DE136695976', phone_no='+49 30 901820',
           mobile_phone_no='+49 1512 3456789', email='post@adler.example', home_page='https://adler.example')
same(value('SELECT count(*) FROM crm.contact'), len(of('party.party').find([])), 'each party became one contact')

is_invoice_logged(paid, 'a paid invoice of the past')
is_invoice_logged(cancelled, 'an invoice of the past that its credit note cancelled')
is_invoice_logged(credit_note, 'the credit note')
is_invoice_logged(bought, "a supplier's invoice of the past")
is_not_logged('tryton customer invoice', draft, 'a draft invoice is none')
for invoice in (paid, cancelled, draft):
    sale, = invoice.sales
    is_order_logged(sale, 'sale %s of the past' % sale.number)
is_sound('after the backfill')

# Parties from now on, by a role without rights

same(value("SELECT has_schema_privilege('tryton', 'crm', 'USAGE')"), False, "Tryton's role has no rights on crm any more")

birch = business.add_partner('Birch Ltd', '2 High Street', 'SW1A 1AA', 'London', 'GB', email='hello@birch.example')
is_contact(birch, 'a new party is a contact at once', name='Birch Ltd', address='2 High Street', city='London',
           country_code='GB', email='hello@birch.example', phone_no=None)

birch.name = 'Birch & Sons Ltd'
birch.save()
is_contact(birch, 'a new name goes to the contact', name='Birch & Sons Ltd')

birch.contact_mechanisms.new(type='phone', value='+44 20 7946 0018')
birch.save()
is_contact(birch, 'a new phone number goes to the contact', phone_no='+44 20 7946 0018', email='hello@birch.example')

birch.addresses[0].city = 'Leeds'
birch.save()
is_contact(birch, 'a new city goes to the contact', city='Leeds')

odd = make('party.party', name=None)
is_contact(odd, 'a party without a name is called by its code', name=odd.code)
odd.contact_mechanisms.new(type='email', value='no address')
odd.contact_mechanisms.new(type='phone', value='ask reception')
odd.save()
is_contact(odd, 'what is no address or number is left to Tryton', email=None, phone_no=None)
same(query('SELECT source_name, document_key, message FROM crm.posting_problem'),
     [dict(source_name='tryton party', document_key=str(odd.id), message='email "no address" of card "%d" is not valid' % odd.id)],
     'which is said')
for mechanism, correct in zip(odd.contact_mechanisms, ['odd@odd.example', '+49 30 1234']):
    mechanism.value = correct
odd.save()
is_contact(odd, 'when they have been corrected, the contact has them', email='odd@odd.example', phone_no='+49 30 1234')
same(value('SELECT crm.replay_problems()'), 1, 'and the problem is solved')
code = odd.code
odd.delete()
same(query('SELECT r.card_key FROM crm.contact c LEFT JOIN crm.contact_business_relation r USING (contact_id)'
           ' WHERE c.name = %s', code),
     [dict(card_key=None)], 'a party that is deleted leaves its contact')

is_sound('after the parties')
done()
