#!/usr/bin/python3
"""Selling with crm attached: quotation, order, shipment, invoice, payment, credit note, return, opportunity."""

import datetime

from business import TODAY, Decimal, click, find, of
from suite import *

business = open_business()
adler = find('party.party', name='Adler GmbH')
birch = find('party.party', name='Birch & Sons Ltd')
SELLER = value("SELECT code FROM party_party WHERE name = 'Sam Seller'")

# Quotation and order

sale = of('sale.sale')(party=adler)
business.add_lines(sale, [('CHAIR', 4), ('LAMP', 3), ('TABLE', 1, '200.00')])
sale.save()
is_not_logged('tryton sales quotation', sale, 'a draft sale is no document')
click(sale, 'quote')
is_logged('tryton sales quotation', sale, 'a quotation', **order_facts(sale, 'sales quote', TODAY))
same(order_facts(sale, '', None)['salesperson_code'], SELLER, 'its salesperson is the employee who quoted it')
is_not_logged('tryton sales order', sale, 'a quotation is no order')

before = log_state()
sale.comment = 'Call before delivery'
sale.save()
same(log_state(), before, 'a comment on the sale does not touch the log')

click(sale, 'draft')
is_not_logged('tryton sales quotation', sale, 'a quotation taken back to draft is cancelled')
same([entry['canceled'] for entry in entries('tryton sales quotation', sale)], [True], 'its entry stays, cancelled')
sale.lines[0].quantity = 5
sale.save()
click(sale, 'quote')
is_logged('tryton sales quotation', sale, 'quoted anew, with the new amount', **order_facts(sale, 'sales quote', TODAY))
same([entry['canceled'] for entry in entries('tryton sales quotation', sale)], [True, False], 'as a new entry')

business.order(sale)
is_order_logged(sale, 'an order in processing')

# Shipment

shipment, = sale.shipments
click(shipment, 'assign_force', 'pick', 'pack')
is_not_logged('tryton customer shipment', shipment, 'a packed shipment is not shipped')
click(shipment, 'done')
is_shipment_logged('tryton customer shipment', shipment, 'sales shipment', 'a shipment')
same(live('tryton customer shipment', shipment)[0]['salesperson_code'], SELLER, 'its salesperson is that of the order')

# Invoice and payment

sale.reload()
invoice, = sale.invoices
is_not_logged('tryton customer invoice', invoice, 'a draft invoice is no document')
business.post(invoice)
cost = 5 * Decimal('50.00') + 3 * Decimal('9.50') + Decimal('150.00')
is_invoice_logged(invoice, 'a posted invoice', profit=invoice.untaxed_amount - cost, salesperson_code=SELLER)

before = log_state()
click(invoice, 'process')
query_as_tryton('UPDATE account_invoice SET comment = %s WHERE id = %s', 'Thank you', invoice.id)
same(log_state(), before, 'processing it again or a comment does not touch the log')

[receivable] = invoice.lines_to_pay
receivable.maturity_date = TODAY + datetime.timedelta(60)
receivable.save()
invoice.reload()
is_invoice_logged(invoice, 'an invoice whose payment is put off', due_date=TODAY + datetime.timedelta(60))

business.pay(invoice, Decimal('100'))
is_invoice_logged(invoice, 'an invoice paid in part')
business.pay(invoice)
same(invoice.state, 'paid', 'Tryton has it paid')
is_invoice_logged(invoice, 'a paid invoice has a closing date', closed_date=TODAY, remaining_amount=0)
sale.reload()
same(sale.state, 'done', 'Tryton has the sale done')
is_order_logged(sale, 'a sale that is done')
same([len(entries(source, record)) for source, record in
      [('tryton sales quotation', sale), ('tryton sales order', sale), ('tryton customer shipment', shipment),
       ('tryton customer invoice', invoice)]], [2, 1, 1, 1], 'all in one entry each, and the quotation taken back')

# Several at a time, in another currency, before the goods leave

batch = [business.sell(birch, [('CHAIR', 1)]), business.sell(adler, [('LAMP', 1)]),
         business.sell(birch, [('TABLE', 2), ('LAMP', 7)], currency='USD')]
business.post(*batch)
for number, invoice in enumerate(batch, 1):
    is_invoice_logged(invoice, 'invoice %d of three posted at once' % number)
sales = [business.quote(party, [('CHAIR', 1)]) for party in (adler, birch)]
of('sale.sale').click(sales, 'confirm')
of('sale.sale').click(sales, 'process')
for number, sale in enumerate(sales, 1):
    sale.reload()
    is_order_logged(sale, 'order %d of two confirmed at once' % number)

early, = sales[0].invoices
business.post(early)
is_invoice_logged(early, 'an invoice before the shipment has no profit yet', profit=None)
business.ship(sales[0])
is_invoice_logged(early, 'the shipment brings it', profit=Decimal('40.00'))

# Credit notes and return

chair, lamp, dollars = batch
note = business.credit(chair, refund=False)
is_not_logged('tryton customer invoice', note, 'a draft credit note is no document')
business.post(note)
is_invoice_logged(note, 'a credit note without refund', document_type='sales credit memo', amount=Decimal('-90.00'), profit=Decimal('-40.00'))
is_invoice_logged(chair, 'which leaves its invoice open')

refund = business.credit(lamp, refund=True)
same((refund.state, lamp.state), ('paid', 'cancelled'), 'Tryton has a credit note with refund paid and its invoice cancelled')
is_invoice_logged(refund, 'a credit note with refund', document_type='sales credit memo', amount=Decimal('-17.12'))
is_invoice_logged(lamp, 'whose invoice stays in the history', amount=Decimal('17.12'), closed_date=TODAY)

taken_back = business.order(business.quote(birch, [('TABLE', -1)]))
is_order_logged(taken_back, 'a return')
[returned] = business.ship(taken_back)
is_shipment_logged('tryton customer return', returned, 'sales return receipt', 'returned goods')
[note] = taken_back.invoices
business.post(note)
is_invoice_logged(note, 'the credit note for them', document_type='sales credit memo', amount=Decimal('-240.00'), profit=Decimal('-90.00'))

# Opportunity

def deal():
    [found] = query("""SELECT status, sales_document_type, sales_document_no, crm_data.quote_value(opportunity_no) AS quoted,
        crm_data.invoiced_value(opportunity_no) AS invoiced FROM crm_data.opportunity WHERE opportunity_no = %s""", opportunity.number)
    return found


opportunity = business.prospect(adler, [('CHAIR', 2)])
query("INSERT INTO crm.salesperson (salesperson_code) VALUES ('DEALS')")
query("INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('ORDERED', 'won')")
query("INSERT INTO crm.sales_cycle (sales_cycle_code) VALUES ('DEALS')")
query("INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, completed_pct, chances_pct) VALUES ('DEALS', 1, 50, 50)")
query("""SELECT crm.create_opportunity('Chairs', (SELECT contact_no FROM crm.contact WHERE name = 'Adler GmbH'), 'DEALS', 'DEALS', opportunity_no => %s,
    activate_first_stage => true, estimated_value => 50, estimated_close_date => crm.work_date())""", opportunity.number)
sale = business.convert(opportunity)
same(deal(), dict(status='in progress', sales_document_type='quote', sales_document_no=sale.number, quoted=sale.untaxed_amount, invoiced=0),
     'a quotation made of an opportunity gives its value')
business.order(sale)
same(deal(), dict(status='won', sales_document_type='order', sales_document_no=sale.number, quoted=None, invoiced=0), 'the order wins it')
opportunity.reload()
same((opportunity.state, sale.origin), ('won', opportunity), 'Tryton has the opportunity won by the sale')
is_order_logged(sale, 'a sale won from an opportunity')
same(live('tryton sales order', sale)[0]['opportunity_no'], opportunity.number, 'it names the opportunity')
[invoice] = sale.invoices
business.post(invoice)
is_invoice_logged(invoice, 'its invoice', opportunity_no=opportunity.number)
same(deal(), dict(status='won', sales_document_type='posted invoice', sales_document_no=invoice.number, quoted=None, invoiced=invoice.untaxed_amount),
     'which says what it came to')

# All at once

posted = of('account.invoice').find([('type', '=', 'out'), ('move', '!=', None)])
same(value("SELECT sum(amount) FROM crm.interaction WHERE document_type IN ('sales invoice', 'sales credit memo')"),
     sum(in_euro(invoice, invoice.untaxed_amount) for invoice in posted), 'sales of the log and of Tryton')
same(value("SELECT sum(amount) FROM crm.interaction WHERE document_type IN ('sales invoice', 'sales credit memo')"),
     value("SELECT sum(l.credit - l.debit) FROM account_move_line l JOIN account_account a ON a.id = l.account"
           " WHERE a.name = 'Main Revenue'"), 'and of the ledger')
is_complete('after the sales')
is_sound('after the sales')
done()
