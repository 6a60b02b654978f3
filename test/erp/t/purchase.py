#!/usr/bin/python3
"""Buying with crm attached: request, order, receipt, invoice, payment, credit note."""

from business import TODAY, Decimal, click, find, of
from suite import *

business = open_business()
sawmill = find('party.party', name='Sawmill Ltd')

purchase = business.request(sawmill, [('CHAIR', 10, '45.00'), ('LAMP', 3, '8.3350')])
is_logged('tryton purchase request', purchase, 'a request for quotation', **order_facts(purchase, 'purchase quote', TODAY))
is_not_logged('tryton purchase order', purchase, 'is no order')
business.order(purchase)
is_order_logged(purchase, 'a purchase')

shipment = of('stock.shipment.in')(supplier=sawmill)
for move in purchase.moves:
    shipment.incoming_moves.append(of('stock.move')(move.id))
click(shipment, 'receive')
is_not_logged('tryton supplier shipment', shipment, 'goods at the gate')
click(shipment, 'done')
is_shipment_logged('tryton supplier shipment', shipment, 'purchase receipt', 'a receipt')

purchase.reload()
invoice, = purchase.invoices
invoice.reference = 'R-77'
invoice.save()
is_not_logged('tryton supplier invoice', invoice, 'a draft invoice is no document')
invoice.invoice_date = TODAY
click(invoice, 'validate_invoice')
is_not_logged('tryton supplier invoice', invoice, 'a validated invoice is not posted')
business.post(invoice)
is_invoice_logged(invoice, "a supplier's invoice", document_type='purchase invoice')
business.pay(invoice, Decimal('100'))
is_invoice_logged(invoice, 'paid in part')
business.pay(invoice)
is_invoice_logged(invoice, 'paid', closed_date=TODAY)

note = business.credit(invoice, refund=False)
business.post(note)
is_invoice_logged(note, "a supplier's credit note", document_type='purchase credit memo')

[back] = [business.order(business.request(sawmill, [('CHAIR', -2, '45.00')]))]
is_order_logged(back, 'goods to be sent back')
[returned] = back.shipment_returns
click(returned, 'wait', 'assign_force', 'done')
is_shipment_logged('tryton supplier return', returned, 'purchase return shipment', 'goods sent back')

other = business.request(sawmill, [('LAMP', 1, '8.00')])
click(other, 'cancel')
is_not_logged('tryton purchase request', other, 'a cancelled request')

posted = of('account.invoice').find([('type', '=', 'in'), ('move', '!=', None)])
same(value("SELECT sum(amount) FROM crm.interaction WHERE document_type IN ('purchase invoice', 'purchase credit memo')"),
     sum(invoice.untaxed_amount for invoice in posted), 'purchases of the log and of Tryton')
is_complete('after the purchases')
is_sound('after the purchases')
done()
