#!/usr/bin/python3
"""
clerk.py INVOICE...: a user of Tryton who orders a chair and posts an invoice, for each of the invoices

Starts at the first line of input, so that several can start together. Prints the sales. Tryton's own
locks make an attempt fail; then it is made again. Any other error ends the clerk.
"""

import os
import random
import sys
import time

import psycopg2

from business import Business, click, find, of


def insist(attempt):
    """The error context names the statement of a trigger, and is empty for one of Tryton's own."""
    for _ in range(200):
        try:
            return attempt()
        except psycopg2.OperationalError as error:
            if error.diag.context:
                raise
            time.sleep(random.uniform(0.02, 0.2))
    raise TimeoutError('still locked out')


business = Business(os.environ['PGDATABASE'], os.environ['TRYTOND_CONFIG'])
customer = find('party.party', name='Adler GmbH')
print('ready', flush=True)
sys.stdin.readline()
for invoice in sys.argv[1:]:
    sale = insist(lambda: business.quote(customer, [('CHAIR', 1)]))
    insist(lambda: click(sale, 'confirm'))
    insist(lambda: business.post(of('account.invoice')(int(invoice))))
    print(sale.id, flush=True)
