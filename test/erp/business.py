"""A small trading company kept in Tryton, run through Tryton's own client library."""

import datetime
from decimal import Decimal

import passlib.utils  # Tryton needs it, but turns on its warnings before
from proteus import Model, Wizard, config

TODAY = datetime.date.today()


def of(model):
    return Model.get(model)


def find(model, **values):
    [record] = of(model).find([(field, '=', value) for field, value in values.items()])
    return record


def new(model, **values):
    """An unsaved record; a list of dictionaries makes the rows of a one-to-many field."""
    record = of(model)()
    for field, value in values.items():
        if isinstance(value, list):
            for row in value:
                line = getattr(record, field).new()
                for line_field, line_value in row.items():
                    setattr(line, line_field, line_value)
        else:
            setattr(record, field, value)
    return record


def make(model, **values):
    record = new(model, **values)
    record.save()
    return record


def click(record, *buttons):
    for button in buttons:
        record.click(button)
    record.reload()
    return record


class Business:

    def __init__(self, database, config_file):
        self.session = config.set_trytond(database, config_file=config_file)
        self.enter()

    def enter(self):
        """The user's preferences (company, employee) go with every call; warnings are taken as confirmed."""
        context = of('res.user').get_preferences(True, self.session.context)
        self.session._context = dict(context, _skip_warnings=True)

    # Founding

    def found(self):
        self.add_currencies()
        self.add_company()
        self.add_chart_of_accounts()
        self.add_fiscal_year()
        self.add_employee('Sam Seller')
        self.add_terms()
        self.add_products()

    def add_currencies(self):
        for code, digits, rate in [('EUR', 2, '1'), ('USD', 2, '1.25')]:
            make('currency.currency', name=code, symbol=code, code=code, digits=digits, rounding=Decimal('0.01'),
                 rates=[dict(date=TODAY - datetime.timedelta(400), rate=Decimal(rate))])

    def add_company(self):
        party = make('party.party', name='Northwind Trading')
        wizard = Wizard('company.company.config')
        wizard.execute('company')
        wizard.form.party = party
        wizard.form.currency = find('currency.currency', code='EUR')
        wizard.execute('add')
        self.enter()

    @property
    def company(self):
        [company] = of('company.company').find([])
        return company

    def account(self, kind):
        return find('account.account', name='Main ' + kind)

    def add_chart_of_accounts(self):
        wizard = Wizard('account.create_chart')
        wizard.execute('account')
        wizard.form.account_template = find('account.account.template', parent=None)
        wizard.form.company = self.company
        wizard.execute('create_account')
        wizard.form.account_receivable = self.account('Receivable')
        wizard.form.account_payable = self.account('Payable')
        wizard.execute('create_properties')

    def add_sequence(self, sequence_type, name, strict=False):
        return make('ir.sequence.strict' if strict else 'ir.sequence', name=name, company=self.company,
                    sequence_type=find('ir.sequence.type', name=sequence_type))

    def add_fiscal_year(self):
        year = new('account.fiscalyear', name=str(TODAY.year),
                    start_date=TODAY.replace(month=1, day=1), end_date=TODAY.replace(month=12, day=31),
                    post_move_sequence=self.add_sequence('Account Move', 'Posting'))
        invoice_sequence, = year.invoice_sequences or [year.invoice_sequences.new()]
        for document in ('in_invoice', 'in_credit_note', 'out_invoice', 'out_credit_note'):
            setattr(invoice_sequence, document + '_sequence', self.add_sequence('Invoice', document, strict=True))
        year.save()
        year.click('create_period')

    def add_employee(self, name):
        employee = make('company.employee', party=make('party.party', name=name), company=self.company)
        user = of('res.user')(self.session.user)
        user.employees.append(employee)
        user.employee = employee
        user.save()
        self.enter()

    def add_terms(self):
        self.term = new('account.invoice.payment_term', name='30 days', lines=[dict(type='remainder')])
        self.term.lines[0].relativedeltas.new(days=30)
        self.term.save()
        cash = find('account.journal', code='CASH')
        make('account.invoice.payment.method', name='Cash', journal=cash,
             credit_account=self.account('Cash'), debit_account=self.account('Cash'))

    def add_products(self):
        tax = make('account.tax', name='VAT 19 %', description='VAT 19 %', type='percentage', rate=Decimal('0.19'),
                   invoice_account=self.account('Tax'), credit_note_account=self.account('Tax'))
        category = of('product.category')(name='Goods', accounting=True)
        category.account_revenue = self.account('Revenue')
        category.account_expense = self.account('Expense')
        category.customer_taxes.append(tax)
        category.supplier_taxes.append(of('account.tax')(tax.id))
        category.save()
        unit = find('product.uom', name='Unit')
        for code, price, cost in [('CHAIR', '90.00', '50.00'), ('TABLE', '240.00', '150.00'), ('LAMP', '17.1250', '9.50')]:
            template = make('product.template', name=code.title(), code=code, default_uom=unit, type='goods',
                            list_price=Decimal(price), salable=True, sale_uom=unit, purchasable=True, purchase_uom=unit,
                            account_category=category)
            product, = template.products
            product.cost_price = Decimal(cost)
            product.save()

    # Partners

    def add_partner(self, name, street, postal_code, city, country, language='en', vat_no=None, **mechanisms):
        party = of('party.party')(name=name, lang=find('ir.lang', code=language))
        address, = party.addresses or [party.addresses.new()]
        address.street, address.postal_code, address.city = street, postal_code, city
        address.country = self.country(country)
        for kind, value in mechanisms.items():
            party.contact_mechanisms.new(type=kind, value=value)
        if vat_no:
            party.identifiers.new(type='eu_vat', code=vat_no)
        party.customer_payment_term = party.supplier_payment_term = find('account.invoice.payment_term', name='30 days')
        party.save()
        return party

    def country(self, code):
        countries = of('country.country').find([('code', '=', code)])
        return countries[0] if countries else make('country.country', name=code, code=code)

    # Selling

    def quote(self, party, lines, currency='EUR', opportunity=None):
        """lines: (product code, quantity) or (product code, quantity, unit price)."""
        sale = of('sale.sale')(party=party, currency=find('currency.currency', code=currency), origin=opportunity)
        self.add_lines(sale, lines)
        return click(sale, 'quote')

    def add_lines(self, order, lines):
        for code, quantity, *price in lines:
            line = order.lines.new()
            line.product = find('product.product', code=code)
            line.quantity = quantity
            if price:
                line.unit_price = Decimal(price[0])

    def order(self, sale):
        return click(sale, 'confirm', 'process')

    def ship(self, sale):
        for shipment in sale.shipments:
            click(shipment, 'assign_force', 'pick', 'pack', 'done')
        for shipment in sale.shipment_returns:
            click(shipment, 'receive', 'done')
        sale.reload()
        return list(sale.shipments) + list(sale.shipment_returns)

    def sell(self, party, lines, **options):
        """From quotation to delivery; the draft invoice."""
        sale = self.order(self.quote(party, lines, **options))
        self.ship(sale)
        invoice, = sale.invoices
        return invoice

    def prospect(self, party, lines):
        """An opportunity, not converted yet."""
        opportunity = of('sale.opportunity')(party=party, address=party.addresses[0])
        for code, quantity in lines:
            line = opportunity.lines.new()
            line.product, line.quantity = find('product.product', code=code), quantity
        opportunity.save()
        return opportunity

    def convert(self, opportunity):
        """An opportunity converted to a sale, which is quoted."""
        click(opportunity, 'opportunity', 'convert')
        sale, = opportunity.sales
        return click(sale, 'quote')

    # Invoicing

    def post(self, *invoices):
        """One call for all, as when several rows of a list are selected."""
        for invoice in invoices:
            if invoice.type == 'in' and not invoice.invoice_date:
                invoice.invoice_date = TODAY
                invoice.save()
        of('account.invoice').click(list(invoices), 'post')
        for invoice in invoices:
            invoice.reload()

    def draft(self, party, lines):
        """An invoice that no sale has led to."""
        invoice = of('account.invoice')(type='out', party=party)
        self.add_lines(invoice, lines)
        invoice.save()
        return invoice

    def pay(self, invoice, amount=None):
        wizard = Wizard('account.invoice.pay', [invoice])
        wizard.form.amount = amount or invoice.amount_to_pay
        wizard.form.payment_method = find('account.invoice.payment.method', name='Cash')
        wizard.form.date = TODAY
        wizard.execute('choice')
        if wizard.form_state == 'ask':
            wizard.form.type = 'partial'
            wizard.execute('pay')
        invoice.reload()

    def credit(self, invoice, refund):
        """The credit note: with refund it is posted and settles the invoice, else it is a draft."""
        wizard = Wizard('account.invoice.credit', [invoice])
        wizard.form.with_refund = refund
        wizard.execute('credit')
        invoice.reload()
        [line] = of('account.invoice.line').find([('origin', 'in', [str(line) for line in invoice.lines])], limit=1)
        return line.invoice

    # Purchasing

    def request(self, party, lines):
        purchase = of('purchase.purchase')(party=party)
        self.add_lines(purchase, lines)
        return click(purchase, 'quote')

    def receive(self, purchase):
        shipment = of('stock.shipment.in')(supplier=purchase.party)
        for move in purchase.moves:
            shipment.incoming_moves.append(of('stock.move')(move.id))
        click(shipment, 'receive', 'done')
        purchase.reload()
        return shipment

    def buy(self, party, lines):
        """From request to receipt; the draft invoice."""
        purchase = self.order(self.request(party, lines))
        self.receive(purchase)
        invoice, = purchase.invoices
        return invoice
