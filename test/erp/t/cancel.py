#!/usr/bin/python3
"""What has been posted and is taken back, in the ways that Tryton knows."""

from business import TODAY, Decimal, Wizard, click, find, make, of
from suite import *

business = open_business()
birch = find('party.party', name='Birch & Sons Ltd')

# A cancelled invoice without a credit note is reversed

company = business.company
company.cancel_invoice_out = True
company.save()
invoice = business.sell(birch, [('CHAIR', 3)])
business.post(invoice)
click(invoice, 'cancel')
same(invoice.state, 'cancelled', 'Tryton has the invoice cancelled by a move of its own')
is_not_logged('tryton customer invoice', invoice, 'it is posted no more')
same([(entry['amount'], entry['canceled']) for entry in entries('tryton customer invoice', invoice)],
     [(Decimal('270.00'), False), (Decimal('-270.00'), False)], 'and reversed')

# A payment that is taken back

invoice = business.sell(birch, [('LAMP', 2)])
business.post(invoice)
business.pay(invoice)
is_invoice_logged(invoice, 'a paid invoice', closed_date=TODAY)
Wizard('account.move.unreconcile_lines', [line for line in invoice.move.lines if line.reconciliation])
invoice.reload()
same(invoice.state, 'posted', 'Tryton has it open after its payment has been unreconciled')
is_invoice_logged(invoice, 'it is open in the log', closed_date=None)
same(len(entries('tryton customer invoice', invoice)), 1, 'and still one entry')

# A quotation that comes to nothing

sale = business.quote(birch, [('CHAIR', 1)])
is_logged('tryton sales quotation', sale, 'a quotation', canceled=False)
click(sale, 'cancel')
is_not_logged('tryton sales quotation', sale, 'is gone when it is cancelled')
sale.delete()
is_not_logged('tryton sales quotation', sale, 'and when the sale is deleted')

# A party that turns out to be another's double

double = business.add_partner(birch.name, '2 High Street', 'SW1A 1AA', 'London', 'GB')
invoice = business.sell(double, [('LAMP', 1)])
business.post(invoice)
is_invoice_logged(invoice, "an invoice of a party that is another's double", card_key=str(double.id))
wizard = Wizard('party.replace', [double])
wizard.form.destination = birch
wizard.execute('replace')
invoice.reload()
same(invoice.party, birch, 'Tryton has the invoice on the other party after the merge')
is_invoice_logged(invoice, 'it moves to the other contact', card_key=str(birch.id))

is_complete('after the cancellations')
is_sound('after the cancellations')
done()
