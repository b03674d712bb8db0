"""The half that only totals were looked at: other sentences, and values from Faker wherever it has them.

Faker comes with the packages for development (requirements.lock). It is needed to write the set, not to measure on it.
"""

# ruff: noqa: E501  (a table: a row is a line)

from __future__ import annotations

import random
from collections.abc import Callable

from benchmarks.pii.rows import Source
from benchmarks.pii.values import CHECKS, chosen, dated, drawn, token

Make = Callable[[random.Random], str]


def faked(locale: str, method: str, change: Callable[[str], str] = str, **options: object) -> Make:
    """Values of a method of Faker's, drawn with the given generator."""

    def make(rng: random.Random) -> str:
        from faker import Faker

        fake = Faker(locale)
        fake.seed_instance(rng.randrange(1 << 30))
        return change(" ".join(str(getattr(fake, method)(**options)).split("\n")).strip())

    return make


def fours(value: str) -> str:
    """In groups of four."""
    return " ".join(value[at : at + 4] for at in range(0, len(value), 4))


def one_line(locale: str) -> Make:
    """A whole address, its lines joined by commas."""

    def make(rng: random.Random) -> str:
        from faker import Faker

        fake = Faker(locale)
        fake.seed_instance(rng.randrange(1 << 30))
        return ", ".join(str(fake.address()).split("\n"))

    return make


BARE = (
    "Following up on my last message, {} is what the clerk asked me for.",
    "can somebody have a look, {} still gives me trouble!!",
    "{}",
    "FYI {} - as discussed with your colleague yesterday.",
    "Guten Tag, hier noch einmal {} wie besprochen.",
    "Bonjour, comme convenu {} et bonne journée",
    "Buenas tardes, le mando {} como me pidió.",
    "Buongiorno, le invio {} come richiesto.",
    "Hallo, zoals afgesproken {} graag in orde maken.",
    "Data I entered: {}; result: nothing.",
    "thx! {} (sent from my mobile)",
    "> {}\nsee above, that is what I typed",
)
PAY = (
    "you debited {} although I cancelled",
    "I used {} at the checkout",
    "number on the plastic is {}",
    "mit {} bezahlt, aber nichts bekommen",
    "pagué con {} el lunes",
    "ho pagato con {} ieri",
    *BARE,
)
RING = (
    "you can ring me on {} in the evenings",
    "phone: {}",
    "contact {} for the key",
    "Rückruf bitte unter {}",
    "joignable au {} le matin",
    "llámenme al {} por favor",
    "mi chiami al {}",
    "bel mij op {}",
    "proszę dzwonić {}",
    "text {} when the van arrives",
    *BARE[:8],
)
MAIL = ("cc {} on the reply", "my old login was {}", "Bitte antworten Sie an {}.", "réponse à {} svp", "e-mail {}", *BARE[:7])
BIRTH = (
    "patient, born {}, asks for a copy",
    "Date of birth - {}",
    "my son's birthday is {}",
    "Geburtsdatum {} fehlt in der Akte",
    "né le {} à Nantes",
    "nacida el {} en Sevilla",
    "nato il {} a Torino",
    "geboren op {} te Utrecht",
    "data urodzenia: {}",
    "D.O.B. {}",
    "I was born on {}, so I am old enough",
)
HOME_EN = (
    "the courier never came to my home, {}",
    "please change my address to {}",
    "our new place: we live at {} now",
    "billing address: {}",
    "send the replacement to {}",
)
HOME = {
    "de_DE": ("neue Anschrift: {}", "wohnhaft {}", "bitte an meine Adresse {} schicken"), "fr_FR": ("nous habitons {}", "à livrer : {}", "mon adresse est {}"),
    "es_ES": ("mi domicilio es {}", "entregar en {}", "vivo en {}"), "it_IT": ("spedire a {}", "il mio indirizzo: {}", "residente in {}"),
    "nl_NL": ("bezorgen op {}", "ons adres is {}", "ik woon {}"), "pl_PL": ("adres: {}", "proszę wysłać na adres {}", "mieszkam {}"),
    "pt_BR": ("meu endereço: {}", "moro na {}", "entregar na {}"), "sv_SE": ("min adress: {}", "jag bor på {}"), "da_DK": ("min adresse er {}", "jeg bor på {}"),
    "fi_FI": ("osoite on {}", "asun osoitteessa {}"),
}  # fmt: skip
LEAK = (
    "oops, posted {} publicly, please revoke",
    "curl says 401 with {}",
    "in the log I see {}",
    "my colleague shared {} in the ticket",
    "env: {}",
    "nach dem Deploy steht da {}",
    *BARE[:4],
)


def called(*names: str) -> tuple[str, ...]:
    return tuple(
        f"{start}{name}{link}{{}}{end}"
        for name in names
        for start, link, end in (("my ", ": ", ""), ("the ", " ", " was rejected by the form"), ("", " is ", ", please update"))
    )


POSITIVE = (
    *(
        Source("card", brand, chosen(faked("en_US", "credit_card_number", card_type=brand), faked("en_US", "credit_card_number", fours, card_type=brand), faked("en_US", "credit_card_number", lambda v: fours(v).replace(" ", "-"), card_type=brand)), PAY, times)
        for brand, times in {"visa16": 14, "mastercard": 16, "discover": 10, "jcb16": 8}.items()
    ),
    Source("card", "amex", chosen(faked("en_US", "credit_card_number", card_type="amex"), faked("en_US", "credit_card_number", lambda v: f"{v[:4]} {v[4:10]} {v[10:]}", card_type="amex")), PAY, 10),
    Source("card", "diners", chosen(faked("en_US", "credit_card_number", card_type="diners"), faked("en_US", "credit_card_number", lambda v: f"{v[:4]}-{v[4:10]}-{v[10:]}", card_type="diners")), PAY, 8),
    Source("card", "mastercard 2-series", drawn("2%## #### #### ####".replace("2%", "23"), CHECKS["luhn"]), PAY, 8),
    Source("card", "unionpay", chosen(drawn("6212 #### #### #### ###", CHECKS["luhn"]), drawn("6228##########%###", CHECKS["luhn"]), drawn("6230-####-####-####", CHECKS["luhn"])), PAY, 10),
    Source("card", "maestro", chosen(drawn("6761 #### #### ####", CHECKS["luhn"]), drawn("5893############", CHECKS["luhn"])), PAY, 8),
    Source("card", "in a word", drawn("cc4###############x".replace("cc", "").replace("x", ""), CHECKS["luhn"]), ("ref{}end", "card{}ok", "nr{}."), 4),
    *(Source("iban", locale[-2:], chosen(faked(locale, "iban"), faked(locale, "iban", fours)), ("pay it back to {}", "Kontoverbindung {}", "bank: {}", *BARE), 6) for locale in ("de_DE", "en_GB", "fr_FR", "es_ES", "it_IT", "nl_NL", "de_CH", "de_AT", "pl_PL", "no_NO", "fi_FI", "pt_PT")),
    Source("phone", "US", chosen(faked("en_US", "phone_number"), drawn("720-6%#-####"), drawn("(503) 5%# ####"), drawn("+1 917 3%# ####")), RING, 14),
    Source("phone", "GB", chosen(faked("en_GB", "phone_number"), drawn("07%## 6#####".replace("%", "5"))), RING, 10),
    Source("phone", "FR", faked("fr_FR", "phone_number"), RING, 8),
    Source("phone", "ES", faked("es_ES", "phone_number"), RING, 8),
    Source("phone", "PL", faked("pl_PL", "phone_number"), RING, 8),
    Source("phone", "JP", chosen(drawn("080-%###-####"), drawn("+81 3-%###-####"), drawn("06-6%##-####")), RING, 8),
    Source("phone", "CN", faked("zh_CN", "phone_number"), RING, 6),
    Source("phone", "DE", chosen(drawn("0160 9%######"), drawn("+49 221 4%####"), drawn("(089) 5%#####"), drawn("0172/8%#####"), drawn("0049 711 %#####")), RING, 10),
    Source("phone", "IT", chosen(drawn("+39 02 4%######"), drawn("338 4%#####"), drawn("+39 349 %######")), RING, 8),
    Source("phone", "NL, BE, CH, AT", chosen(drawn("06-4%######"), drawn("+32 478 %# ## ##"), drawn("079 %## ## ##"), drawn("+43 664 %######")), RING, 10),
    Source("phone", "SE, NO, DK", chosen(drawn("070-%## ## ##"), drawn("+47 9%# ## ###"), drawn("+45 2% ## ## ##")), RING, 8),
    Source("phone", "BR, MX, AR", chosen(drawn("(21) 98%##-####"), drawn("+52 55 4%## ####"), drawn("+54 9 11 5%##-####")), RING, 8),
    Source("phone", "IN, AU, ZA, RU", chosen(drawn("+91 90% ### ####"), drawn("0423 %## ###"), drawn("083 %## ####"), drawn("+7 (903) 7%#-##-##"), drawn("8-916-%##-##-##")), RING, 12),
    Source("email", "plain", chosen(faked("en_US", "email"), faked("de_DE", "company_email"), faked("fr_FR", "free_email"), faked("es_ES", "safe_email")), MAIL, 24),
    Source("email", "signs", chosen(faked("en_US", "email", lambda v: v.replace("@", "(at)")), faked("en_US", "email", lambda v: v.replace("@", " [at] ").replace(".", " [dot] ")), faked("en_GB", "email", lambda v: v.replace("@", "＠")), faked("en_US", "email", lambda v: v.replace("@", "@\u200c"))), MAIL, 14),
    Source("email", "words", chosen(faked("en_US", "ascii_free_email", lambda v: v.replace("@", " at ").replace(".", " dot ")), faked("en_US", "email", lambda v: v.replace("@", " AT "))), MAIL, 10),
    Source("email", "typos", chosen(faked("en_US", "email", lambda v: v[::-1].replace(".", ",", 1)[::-1]), faked("en_US", "email", lambda v: v.replace("@", " @ ")), faked("en_US", "user_name", lambda v: v + "@localhost")), MAIL, 10),
    Source("email", "encoded", faked("en_US", "email", lambda v: v.replace("@", "%40")), ("https://news.example/optout?m={}&t=1", "open https://a.example/login?user={} again"), 6),
    Source("government", "US SSN", faked("en_US", "ssn"), (*called("SSN"), *BARE), 10),
    Source("government", "US ITIN, passport", chosen(faked("en_US", "itin")), called("ITIN", "social security number"), 5),
    Source("government", "US passport", faked("en_US", "passport_number"), called("passport number", "passport"), 6),
    Source("government", "UK NINO", drawn("PX ## ## ## A"), (*called("national insurance number"), *BARE), 6),
    Source("government", "FR NIR", faked("fr_FR", "ssn"), (*called("numéro de sécurité sociale"), *BARE), 6),
    Source("government", "ES NIF", faked("es_ES", "nif"), (*called("NIF"), *BARE), 8),
    Source("government", "ES NIE", faked("es_ES", "nie"), (*called("NIE"), *BARE), 6),
    Source("government", "IT codice fiscale", faked("it_IT", "ssn"), (*called("codice fiscale"), *BARE), 8),
    Source("government", "NL BSN", faked("nl_NL", "ssn"), called("BSN", "burgerservicenummer"), 6),
    Source("government", "PL PESEL", faked("pl_PL", "pesel"), (*called("PESEL"), *BARE), 8),
    Source("government", "PL id card", faked("pl_PL", "identity_card_number"), called("dowód osobisty", "numer dowodu: dowód"), 4),
    Source("government", "BR CPF", faked("pt_BR", "cpf"), (*called("CPF"), *BARE), 8),
    Source("government", "SE personnummer", faked("sv_SE", "ssn"), (*called("personnummer"), *BARE), 6),
    Source("government", "FI HETU", faked("fi_FI", "ssn"), (*called("henkilötunnus"), *BARE), 4),
    Source("government", "CA SIN", faked("en_CA", "ssn"), called("SIN", "social insurance number"), 6),
    Source("government", "CH AHV", faked("de_CH", "ssn"), (*called("AHV"), *BARE), 6),
    Source("government", "DE pension", faked("de_DE", "rvnr"), (*called("Rentenversicherungsnummer"), *BARE), 6),
    Source("government", "DE tax id", drawn("%# ### ### ###", CHECKS["steuer_id"]), (*called("Steuer-Identifikationsnummer"), *BARE), 6),
    Source("government", "IN Aadhaar", drawn("%### #### ####", CHECKS["verhoeff"]), (*called("Aadhaar"), *BARE), 6),
    Source("government", "CN, KR", chosen(faked("zh_CN", "ssn"), faked("ko_KR", "ssn")), (*called("national id"),), 6),
    Source("government", "RO, CZ, HR, TR", chosen(faked("ro_RO", "ssn"), faked("cs_CZ", "birth_number"), faked("tr_TR", "ssn")), BARE, 8),
    Source("government", "BE", faked("nl_BE", "ssn"), called("rijksregisternummer"), 4),
    Source("government", "MX, CL", chosen(faked("es_MX", "curp"), faked("es_CL", "person_rut")), BARE, 6),
    Source("government", "driving licence", chosen(drawn("MORGA65###4SM9IJ"), drawn("F%##-####-####".replace("-", "")), drawn("K%1###########")), called("driver's license", "driving licence", "permis de conduire"), 6),
    Source("birth date", "digits", chosen(dated("YYYY-MM-DD"), dated("DD.MM.YYYY"), dated("DD/MM/YYYY"), dated("DD-MM-YYYY"), dated("YYYY/MM/DD")), BIRTH, 20),
    Source("birth date", "words", chosen(dated("DD September YYYY"), dated("February DD, YYYY"), dated("DD. Juni YYYY"), dated("DD avril YYYY"), dated("DD de octubre de YYYY"), dated("Nov DD YYYY"), dated("DD luglio YYYY")), BIRTH, 20),
    Source("address", "US", one_line("en_US"), HOME_EN, 12),
    Source("address", "GB, AU", chosen(drawn("%# Station Road"), drawn("1% Elm Close"), drawn("Unit %, ## Collins Street"), drawn("%% The Crescent")), HOME_EN, 8),
    *(Source("address", locale[-2:], faked(locale, "street_address"), sentences, 7) for locale, sentences in HOME.items()),
    Source("secret", "AWS, Google, GitHub", chosen(token("ASIA", 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), token("AIzaSy", 33), token("ghs_", 36)), LEAK, 10),
    Source("secret", "Slack, Stripe, GitLab, npm", chosen(token("xoxp-2222-3333-", 32), token("sk_test_", 32), token("glpat-", 20), token("npm_", 36)), LEAK, 12),
    Source("secret", "model providers", chosen(token("sk-ant-api03-", 60), token("sk-", 40), token("hf_", 36), token("gsk_", 40)), LEAK, 8),
    Source("secret", "JWT", lambda rng: token("eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiI", 24)(rng) + token(".", 43)(rng), LEAK, 6),
    Source("secret", "private key", lambda rng: "-----BEGIN OPENSSH PRIVATE KEY-----\n" + token("b3BlbnNzaC1", 59)(rng) + "\n" + token("", 70)(rng) + "\n-----END OPENSSH PRIVATE KEY-----", LEAK[:4], 4),
    Source("secret", "random", chosen(token("", 26), token("", 36), token("", 44), token("", 64)), LEAK, 12),
    Source("secret", "password", chosen(faked("en_US", "password", lambda v: v.replace('"', "x").replace("{", "y"))), ("password is {}", "passwort={}", "Kennwort: {}", "my passcode is {}", "contraseña: {}"), 10),
    Source("credentials in a URL", "user and password", chosen(faked("en_US", "user_name", lambda v: v + ":x9Kq22"), faked("en_US", "user_name", lambda v: v + ":letmein")), ("mysql://{}@db.example.net:3306/shop", "ftp://{}@files.example.org/in", "https://{}@git.example.com/a/b.git", "amqp://{}@mq:5672"), 8),
    Source("credentials in a URL", "parameter", chosen(token("", 20), token("", 32)), ("https://s.example/dl?sig={}", "open https://app.example/invite?token={} please", "wss://x.example/feed?apikey={}&v=2", "https://id.example/cb?session={}"), 8),
    Source("network", "IPv4", faked("en_US", "ipv4"), ("login from {}", "{}:443 unreachable", *BARE[:6]), 12),
    Source("network", "IPv6", faked("en_US", "ipv6"), ("login from {}", *BARE[:6]), 8),
    Source("network", "MAC", faked("en_US", "mac_address"), ("router {} offline", *BARE[:6]), 6),
    Source("wallet", "bitcoin, ethereum", chosen(token("0x", 40, "0123456789abcdef"), "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l"), ("sent to {} by mistake", *BARE[:5]), 6),
    Source("coordinates", "degrees", chosen(drawn("48.85##, 2.35##"), drawn("40.71##,-74.00##"), drawn("35.68####, 139.69####")), ("parked at {}", *BARE[:5]), 6),
)  # fmt: skip

SAY = (
    "Following up: {} is still on my screen.",
    "why does it say {}?",
    "{} - same as last week",
    "Bei {} passiert nichts.",
    "Toujours {} depuis hier.",
    "Otra vez {} en la pantalla.",
    "your mail mentions {}, what is that?",
    "I have {} noted here",
)
NEGATIVE = tuple(
    Source("", detail, chosen(*(one if callable(one) else drawn(one) for one in forms)), SAY, times)
    for detail, times, forms in (
        ("order number", 40, ("order number 60########", "your order #1%########", "PO 45000#####", "Auftrag 2024####", "Bestellnummer: ##########", "numéro de commande 40########", "pedido n.º 7#########", "ordine 8#########", "bestelling 20#########")),
        ("ticket number", 36, ("ticket 1########%", "case #0012####", "incident INC#######", "Ticketnummer 20########", "issue 4###", "request id %#########", "ticket no. 7275######", "dossier 2024######")),
        ("invoice, part, serial", 36, ("invoice no 90########", "Rechnungsnummer 2024######", "facture 2023-0####", "serial number %#########", "Seriennummer ##########", "part number 7275-11##-23", "model XJ-2##0", "lot 2024####", "article 1######")),
        ("tracking", 24, ("tracking number 9400111899########", "parcel 1Z12345E02######%#", "Sendungsnummer ############", "tracking JD0146####%#######", "shipment 8########%")),
        ("version", 36, ("version 4.12.0.1", "v10.15.7.%", "release 23.1.0.%", "kernel 5.15.0-%#", "Chrome 120.0.6099.1##", "firmware 1.0.2.%", "numpy==1.26.%", "build 20240%1%.1", "driver version 31.0.15.%")),
        ("time", 36, ("09:41:07", "2025-11-30T23:59:59+01:00", "epoch 17%#######", "17:05 Uhr", "timestamp 17%##########", "8:00-16:30", "00:00:00.000", "2024-02-29 08:00:%#", "20240229T080000Z")),
        ("date", 32, ("2024-12-24", "31/12/2025", "24.12.2024", "December 24, 2024", "1914-1918", "14 juillet 2024", "2019/2020", "the years 1998 1999 2000", "week 42 of 2025")),
        ("price", 32, ("€1.299,00", "$ 4,500,000", "12.000.000 €", "USD 1234567", "99,95 EUR", "3 500 000 kr", "£10,000.00", "1'250'000 CHF", "0.00012345 BTC")),
        ("quantity", 32, ("2500000 rows", "6.02214076e23", "2.718281828459", "1920x1080", "100000 steps", "4096 tokens", "987654321 bytes", "33 000 000 people", "1.234.567 Stück")),
        ("book or article", 24, ("ISBN 978-0-14-044913-6", "ISBN-13: 9780140449136", "EAN 5901234123457", "DOI 10.1038/nature14539", "ISSN 2049-3630", "CAS 64-17-5", "arXiv 1706.03762", "PMID 28445112")),
        ("digest, commit, uuid", 28, (token("commit ", 40, "0123456789abcdef"), token("", 40, "0123456789abcdef"), token("md5 ", 32, "0123456789abcdef"), token("sha256:", 64, "0123456789abcdef"), faked("en_US", "uuid4"))),
        ("code and paths", 32, ("std::map<a,b>", "0xC0000005", "/var/log/app/2024/05/error.log", "C:\\Users\\Public\\Documents", "parseHTTP2ResponseHeaders", "user_id_to_account_id_v2", "react@18.2.0", "i = 100000000", "0.0.0.0:80", "localhost:3000", "org.apache.commons.lang3", "AbstractSingletonProxyFactoryBean")),
        ("mention, hotline", 20, ("@support_team", "call 112", "dial 999", "text HELP to 40404", "#support247", "ask @bot2024")),
        ("measure, score, law", 32, ("6-4 3-6 7-6 (7-5)", "98.6 °F", "180 cm, 75 kg", "§ 823 Abs. 1 BGB", "DIN EN 60204-1", "ISO 9001:2015", "Article 17 GDPR", "flight BA 2490", "seat 14C", "120 000 km", "pH 7.35-7.45", "John 3:16")),
        ("place alone", 20, ("the show at 221B Baker Street", "the White House, 1600 Pennsylvania Avenue", "Times Square", "Autobahn 9", "exit 24", "75001 Paris", "SW1A 1AA", "Gate 12 Terminal 3")),
        ("account in a shop", 24, ("customer number 10%#####", "Kundennr. 4#######", "user 10%###", "booking reference 7########%", "reservation 4#########", "membership since 2015")),
    )
)  # fmt: skip
SOURCES = (*POSITIVE, *NEGATIVE)
