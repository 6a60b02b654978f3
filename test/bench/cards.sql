-- n partner cards that crm has not seen
CREATE TABLE bench.:"cards" (
	card_no text PRIMARY KEY, name text NOT NULL, address text, post_code text, city text, country_code text,
	phone_no text, email text, vat_registration_no text
);
INSERT INTO bench.:"cards"
SELECT 'K' || i, 'Partner ' || i, i || ' High Street', lpad((i % 90000)::text, 5, '0'), 'Town ' || i % 1000, 'GB',
	'+44 ' || i, 'office@partner' || i || '.example', 'GB' || i
FROM generate_series(1, :n) AS i;
VACUUM ANALYZE bench.:"cards";
SELECT crm.attach_partner(:'cards', format('bench.%I', :'cards')::regclass, 'card_no', 'customer',
	format('SELECT card_no AS card_key, card_no, name, address, post_code, city, country_code, phone_no, email, vat_registration_no FROM bench.%I', :'cards'));
