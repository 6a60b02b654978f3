#!/usr/bin/python3
"""Two users, in processes of their own, busy with the same customer at the same time."""

import os
import subprocess

from business import find, of
from suite import *

business = open_business()
adler = find('party.party', name='Adler GmbH')
invoices = [business.draft(adler, [('CHAIR', 1, '90.00'), ('LAMP', number, '17.1250')]) for number in range(1, 7)]
shares = invoices[::2], invoices[1::2]

CLERK = os.path.join(os.path.dirname(__file__), '..', 'clerk.py')
clerks = [subprocess.Popen(['/usr/bin/python3', '-W', 'ignore', CLERK] + [str(invoice.id) for invoice in share],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
          for share in shares]
for clerk in clerks:
    clerk.stdout.readline()
for clerk in clerks:
    clerk.stdin.write('go\n')
    clerk.stdin.flush()
sales = [int(line) for clerk in clerks for line in clerk.communicate()[0].split()]

same([clerk.returncode for clerk in clerks], [0, 0], "no error but Tryton's own")
same(len(set(sales)), len(invoices), 'all orders are taken')
for invoice in invoices:
    invoice.reload()
    is_invoice_logged(invoice, 'invoice %s' % invoice.number)
for number in sales:
    is_order_logged(of('sale.sale')(number), 'sale %d' % number)
times = [[live('tryton customer invoice', invoice)[0]['interaction_at'] for invoice in share]
         for share in shares]
ok(max(min(share) for share in times) < min(max(share) for share in times), 'posted at the same time', times)
is_complete('after the rush')
is_sound('after the rush')
done()
