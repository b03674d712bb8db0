"""The half that the detectors were tuned on."""

# ruff: noqa: E501  (a table: a row is a line)

from __future__ import annotations

from benchmarks.pii.rows import Source
from benchmarks.pii.values import CHECKS, card, chosen, dated, drawn, iban, token

#: Sentences that say nothing of what the value is
PLAIN = (
    "Please look into {} as soon as you can.",
    "I wrote {} in the form and nothing happened.",
    "{} is what I have here, can you check?",
    "My details: {}, thanks in advance.",
    "Hello, here you go: {}. Best regards, Tom",
    "Bitte prüfen Sie {} noch einmal.",
    "Voici mes informations : {} merci d'avance.",
    "Mis datos son {} y no funciona nada.",
    "(see {})",
    'It said "{}" when I tried again',
)
CARDS = (
    "my card {} was charged twice",
    "Visa {} exp 11/27, declined again",
    "Die Karte {} wurde gesperrt.",
    "ma carte {} ne passe plus",
    *PLAIN,
)
PHONES = (
    "Call me at {} after five.",
    "my number is {}",
    "Tel.: {}",
    "Sie erreichen mich unter {}.",
    "Appelez-moi au {}",
    "mi teléfono es {}",
    "WhatsApp {} please",
    *PLAIN[:6],
)
MAILS = ("write to {} please", "My mail is {}.", "Kontakt: {}", "send the invoice to {} and not to my boss", *PLAIN[:6])
BORN = (
    "I was born on {} in a small town.",
    "DOB: {}",
    "Geburtsdatum: {}",
    "née le {} à Lyon",
    "fecha de nacimiento {}",
    "data di nascita: {}",
    "my birthday is {}",
    "geboren am {}",
    "date of birth {} as in the passport",
)
LIVES = (
    "Please deliver to {} from now on.",
    "My new address is {}.",
    "I live at {} since May.",
    "we moved to {} last week",
    "Ship it to {}, thanks",
)
DE_LIVES, FR_LIVES = (
    ("Meine Adresse: {}", "Ich wohne in der {} im dritten Stock.", "Bitte an {} liefern."),
    ("J'habite au {} depuis mai.", "mon adresse : {}", "Livraison au {} svp"),
)
ES_LIVES, IT_LIVES, NL_LIVES = (
    ("Mi dirección es {}.", "Vivo en {} desde mayo."),
    ("Il mio indirizzo è {}.", "Abito in {} da maggio."),
    ("Mijn adres is {}.", "Ik woon op {} sinds mei."),
)
KEYS = (
    "I pasted {} into the chat by mistake",
    "the key {} no longer works",
    "config has {} in it",
    "{}",
    "here is our token: {}",
    *PLAIN[:3],
)


def named(*names: str) -> tuple[str, ...]:
    return tuple(
        f"{name} {{}} {rest}" for name in names for rest in ("does not go through", "is right, I checked", "please correct it.")
    )


POSITIVE = (
    Source("card", "visa, blanks", card("4"), CARDS),
    Source("card", "visa, dashes", card("4", mark="-"), CARDS),
    Source("card", "visa, none", card("4", groups=()), CARDS),
    Source("card", "visa, points", card("4", mark="."), CARDS, 4),
    Source("card", "visa, two blanks", card("4", mark="  "), CARDS, 4),
    Source("card", "visa, pairs", card("4", groups=(2,) * 8), CARDS, 4),
    Source("card", "mastercard", card("51", "52", "53", "54", "55"), CARDS),
    Source("card", "mastercard 2-series", chosen(card("2221", "2301", "2720", groups=()), card("2223", "2450", "2719")), CARDS, 8),
    Source("card", "amex", chosen(card("34", "37", length=15, groups=(4, 6, 5)), card("37", length=15, groups=())), CARDS, 8),
    Source("card", "diners", chosen(card("305", "36", "38", length=14, groups=(4, 6, 4)), card("36", length=14, groups=())), CARDS),
    Source("card", "discover", card("6011", "65"), CARDS),
    Source("card", "jcb", card("3528", "3589"), CARDS, 4),
    Source("card", "unionpay 19", chosen(card("62", length=19, groups=(4, 4, 4, 4, 3)), card("6217", length=19, groups=())), CARDS),
    Source("card", "unionpay 16", card("62"), CARDS, 4),
    Source("card", "maestro", chosen(card("5018", "6304", groups=()), card("6759", length=19, groups=(4, 4, 4, 4, 3))), CARDS),
    Source("card", "full width", lambda rng: card("4")(rng).translate({c: c + 0xFEE0 for c in range(48, 58)}), CARDS, 4),
    Source("card", "mistyped", lambda rng: card("4")(rng)[:-1] + "x".replace("x", str(rng.randint(0, 9))), ("my card {} was refused", "credit card {} please refund"), 4),
    *(
        Source("iban", country, chosen(iban(country, pattern), iban(country, pattern, spaced=False)), ("IBAN {} please", "refund to {}", "Konto {} bitte", *PLAIN), 5)
        for country, pattern in {
            "DE": "#" * 18, "GB": "WEST" + "#" * 14, "FR": "#" * 10 + "###@#######" + "##", "ES": "#" * 20, "IT": "@" + "#" * 10 + "############", "NL": "INGB" + "#" * 10,
            "CH": "#" * 17, "AT": "#" * 16, "PL": "#" * 24, "BE": "#" * 12, "NO": "#" * 11, "SE": "#" * 20,
        }.items()
    ),
    *(
        Source("phone", country, chosen(*map(drawn, forms)), PHONES, 7)
        for country, forms in {
            "US": ("+1 415-555-####", "(212) 5%#-####", "628 652 ####", "312-7%#-####", "646555####", "+1 (305) 6%#-####", "415.555.####"),
            "GB": ("07700 900###", "+44 20 7946 0###", "020 7946 0###", "0161 496 0###", "+447700900###"),
            "DE": ("0171 23#####", "+49 30 9018##", "030/1234###", "0151-2345####", "089 234##### ".strip(), "+49 (0)176 2345####"),
            "FR": ("+33 6 12 ## ## ##", "06 12 ## ## ##", "01.45.%#.##.##", "0033 6 45 ## ## ##", "0612######"),
            "ES": ("+34 612 ### ###", "612 34 ## ##", "+34 91 123 ####"), "IT": ("+39 333 12#####", "333 123 ####", "06 6982 ####", "347 12#####"),
            "NL": ("06 12######", "+31 6 1234 ####", "020 624 ####"), "PL": ("+48 512 ### ###", "512 3## ###", "22 5%# ## ##"),
            "IN": ("+91 98765 #####", "98765 4####", "+91-9876######"), "CN": ("+86 138 0013 ####", "138 0013 ####", "1380013####"),
            "JP": ("+81 90-1234-####", "090-1234-####", "03-3%##-####"), "RU": ("8 912 345-##-##", "+7 912 345 ## ##", "8 (495) 123-##-##"),
            "AU": ("+61 412 345 ###", "0412 345 ###", "(02) 9374 ####"), "BR": ("+55 11 91234-####", "(11) 91234-####"), "AE": ("+971 50 123 ####", "050 123 ####"),
        }.items()
    ),
    Source("phone", "extension", drawn("628 652 #### ext 12"), PHONES, 4),
    Source("phone", "arabic digits", lambda rng: drawn("+44 20 7946 0###")(rng).translate({c: c - 48 + 0x660 for c in range(48, 58)}), PHONES, 4),
    Source("email", "plain", chosen("jane.doe@example.com", "m_weber+shop@example.de", "K.LEE@EXAMPLE.ORG", "o'brien@mail.example.ie", "anna@example.co.uk", "li@xn--bcher-kva.example"), MAILS, 14),
    Source("email", "accents", chosen("jürgen@müller.de", "josé@correo.example.es", "анна@пример.рф"), MAILS, 4),
    Source("email", "full width, hidden", chosen("jane＠example.com", "jane@exam\u200bple.com", "ja\u00adne@example.com", "jane\u2060@example.com", "ｊａｎｅ@example.com"), MAILS, 8),
    Source("email", "(at)", chosen("jane(at)example.com", "jane [at] example.com", "jane (at) example (dot) com", "jane[at]example[dot]com", "j.doe {at} example {dot} org", "max(ät)beispiel(punkt)de"), MAILS, 10),
    Source("email", "at dot", chosen("jane at example dot com", "j dot doe at example dot org", "jane_at_example_dot_com", "jane AT example.com", "jane arroba ejemplo punto es"), MAILS, 8),
    Source("email", "host, typo", chosen("jane@localhost", "bob@10.0.0.7", "jane@corp,com", "tim@gmail", "jane @ example.com", "jane@ example.com", "root@server01"), MAILS, 10),
    Source("email", "in a URL", chosen("jane%40example.com",), ("https://shop.example/?email={}", "unsubscribe link /u?m={}&x=1"), 4),
    Source("government", "US SSN", drawn("536-##-4###", CHECKS["ssn"]), (*named("SSN", "social security number"), *PLAIN), 8),
    Source("government", "US SSN, blanks or none", chosen(drawn("536 4# 4###"), drawn("5369#4###")), named("my SSN is", "social security"), 4),
    Source("government", "UK NINO", chosen(drawn("AB 12 ## ## C"), drawn("JK######D")), (*named("NINO", "national insurance number"), *PLAIN), 6),
    Source("government", "UK NHS", drawn("943 ### ####", CHECKS["nhs"]), named("NHS", "NHS number"), 4),
    Source("government", "FR NIR", dated("1 YY MM 75 ### ### ##", CHECKS["nir"]), (*named("numéro de sécu"), *PLAIN), 5),
    Source("government", "ES DNI", chosen(drawn("########@", CHECKS["dni"]), drawn("########-@", CHECKS["dni"])), (*named("DNI", "NIF"), *PLAIN), 6),
    Source("government", "ES NIE", drawn("X#######@", CHECKS["nie"]), (*named("NIE"), *PLAIN), 4),
    Source("government", "IT codice fiscale", dated("RSSMRAYYA0#F205@", CHECKS["codice_fiscale"]), (*named("codice fiscale", "CF"), *PLAIN), 5),
    Source("government", "PL PESEL", dated("YYMMDD#####", CHECKS["pesel"]), (*named("PESEL"), *PLAIN), 5),
    Source("government", "NL BSN", drawn("#########", CHECKS["bsn"]), named("BSN", "burgerservicenummer"), 4),
    Source("government", "DE tax id", chosen(drawn("%# ### ### ###", CHECKS["steuer_id"]), drawn("%##########", CHECKS["steuer_id"])), (*named("Steuer-ID", "IdNr"), *PLAIN), 6),
    Source("government", "DE id card", drawn("L01X00T4##"), named("Personalausweis Nr.", "mein Ausweis"), 4),
    Source("government", "IN Aadhaar", chosen(drawn("%### #### ####", CHECKS["verhoeff"]), drawn("%###########", CHECKS["verhoeff"])), (*named("Aadhaar"), *PLAIN), 6),
    Source("government", "IN PAN", drawn("@@@P@####@"), (*named("PAN"), *PLAIN), 4),
    Source("government", "BR CPF", chosen(drawn("###.###.###-##", CHECKS["cpf"]), drawn("###########", CHECKS["cpf"])), (*named("CPF"), *PLAIN), 6),
    Source("government", "BR CNPJ", drawn("##.###.###/0001-##", CHECKS["cnpj"]), (*named("CNPJ"), *PLAIN), 3),
    Source("government", "CA SIN", chosen(drawn("%## ### ###", CHECKS["luhn"]), drawn("%########", CHECKS["luhn"])), named("SIN", "social insurance number"), 4),
    Source("government", "SE personnummer", dated("YYMMDD-####", CHECKS["swedish"]), (*named("personnummer"), *PLAIN), 4),
    Source("government", "CH AHV", drawn("756.####.####.##", CHECKS["ean"]), (*named("AHV"), *PLAIN), 4),
    Source("government", "passport", chosen(drawn("5########"), drawn("C01X##T##"), drawn("AB#######")), named("passport number", "Reisepass", "passeport n°", "my passport is", "pasaporte"), 8),
    Source("government", "driving licence", chosen(drawn("D#######"), drawn("B072RRE2I##")), named("driver licence", "driving license no.", "Führerschein"), 5),
    Source("government", "CN id", dated("110101YYYYMMDD###X", CHECKS["chinese"]), (*named("ID"), *PLAIN), 3),
    Source("birth date", "digits", chosen(dated("YYYY-MM-DD"), dated("DD.MM.YYYY"), dated("DD/MM/YYYY"), dated("MM/DD/YY")), BORN, 14),
    Source("birth date", "words", chosen(dated("DD March YYYY"), dated("July DD, YYYY"), dated("DD. Oktober YYYY"), dated("DD de mayo de YYYY"), dated("DD août YYYY"), dated("3rd of June YYYY")), BORN, 14),
    Source("address", "US", chosen(drawn("12## Maple Street"), drawn("%# West Oak Ave, Apt %, Springfield, IL 627##"), drawn("4## Sunset Blvd, Los Angeles, CA 900##")), LIVES, 8),
    Source("address", "GB", chosen(drawn("%# Church Road"), drawn("Flat %, ## Queen's Gate"), drawn("1% Mill Lane, Oxford OX1 %AB")), LIVES, 6),
    Source("address", "DE", chosen(drawn("Hauptstraße ##"), drawn("Berliner Allee %a"), drawn("Am Alten Markt %"), drawn("Schillerstr. 1#, 80336 München")), DE_LIVES, 7),
    Source("address", "FR", chosen(drawn("1% rue de la Paix"), drawn("% bis, avenue Victor Hugo"), drawn("%, boulevard Voltaire, 75011 Paris")), FR_LIVES, 5),
    Source("address", "ES", chosen(drawn("Calle Mayor %, 2º B".replace(", 2º B", "")), drawn("C/ Gran Vía 1%"), drawn("Avenida de la Constitución, 2%")), ES_LIVES, 4),
    Source("address", "IT", chosen(drawn("Via Roma %"), drawn("Corso Garibaldi, 1%")), IT_LIVES, 4),
    Source("address", "NL", chosen(drawn("Kerkstraat 1%"), drawn("Prinsengracht %%")), NL_LIVES, 4),
    Source("address", "PL, RU, SE", chosen(drawn("ul. Długa 1%"), drawn("Storgatan 1%"), drawn("ул. Ленина, д. 1%")), ("mój adres: {}", "min adress är {}", "мой адрес: {}"), 5),
    Source("address", "other kinds of streets", chosen(drawn("Loteamento Sol, 4%"), drawn("Carretera del Faro 1%, puerta 3"), drawn("Salita Bellini, 1% Appartamento 4"), drawn("Møllebakken 1%"), drawn("Koivurinne 2%"), drawn("Schapensteeg 7%"), drawn("4%1 Larch Knolls Suite 12, Port Anna, OH 441##")), ("entregar en {}", "proszę wysłać: {}", "deliver to {}", "jag bor på {}", "ik woon op {}"), 10),
    Source("address", "any name", chosen(drawn("Sonnenhöhe 1%"), drawn("Lote Azul, 4%"), drawn("Nieuwebaan 1%"), drawn("Skogslunden %a"), drawn("1% The Old Mill"), drawn("Puistorinne 2%")), ("Meine Adresse ist {}.", "meu endereço é {}", "ons adres: {}", "min adress är {}", "my address is {}", "osoitteeni on {}, osoite: {}".replace(", osoite: {}", "")), 8),
    Source("secret", "AWS", drawn("AKIA" + "@#@@#@@#@@@#@@#@"), KEYS, 4),
    Source("secret", "GitHub", chosen(token("ghp_", 36), token("github_pat_", 40), token("gho_", 36)), KEYS, 5),
    Source("secret", "Slack", chosen(token("xoxb-123456789012-", 24), token("xoxp-98765-", 20)), KEYS, 4),
    Source("secret", "Google", token("AIza", 35), KEYS, 4),
    Source("secret", "Stripe", chosen(token("sk_live_", 24), token("rk_test_", 24)), KEYS, 4),
    Source("secret", "model providers", chosen(token("sk-", 48), token("sk-proj-", 40), token("hf_", 34)), KEYS, 5),
    Source("secret", "JWT", lambda rng: token("eyJhbGciOiJIUzI1NiJ9.eyJ", 30)(rng) + token(".", 40)(rng), KEYS, 4),
    Source("secret", "private key", lambda rng: "-----BEGIN RSA PRIVATE KEY-----\n" + token("MII", 60)(rng) + "\n-----END RSA PRIVATE KEY-----", KEYS[:4], 3),
    Source("secret", "random", chosen(token("", 32), token("", 24), token("", 40)), KEYS, 8),
    Source("secret", "password", chosen("Tr0ub4dor&3", "hunter2!", "Sommer2024", "p4ssW0rd"), ("my password is {} and it fails", "password: {}", "Passwort: {}", "mot de passe : {}", "pwd={}"), 6),
    Source("credentials in a URL", "user and password", chosen("u:pw", "admin:s3cr3t", "svc_app:Zx81!k"), ("postgres://{}@db.example/shop", "https://{}@repo.example.com/x.git", "mongodb+srv://{}@cluster.example/db", "redis://{}@cache:6379"), 6),
    Source("credentials in a URL", "parameter", chosen(token("", 12), token("", 24)), ("https://x.example/reset?token={}", "GET /v1/files?api_key={}&page=2", "https://x.example/cb?state=1&access_token={}"), 6),
    Source("network", "IPv4", chosen(drawn("192.168.1.##"), drawn("10.0.%.1#"), drawn("8%.12#.4#.1#")), ("from {} since noon", "blocked {}:8080", *PLAIN[:5]), 8),
    Source("network", "IPv6", chosen("2001:0db8:85a3:0000:0000:8a2e:0370:7334", "fe80::1ff:fe23:4567:890a", "2a02:8109:9a40::1d3f"), ("from {} since noon", *PLAIN[:5]), 5),
    Source("network", "MAC", chosen("00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5f", "001A.2B3C.4D5E"), ("device {} offline", *PLAIN[:5]), 4),
    Source("wallet", "bitcoin, ethereum", chosen("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", drawn("0x" + "#" * 30 + "abcdefabcd")), ("paid to {} yesterday", *PLAIN[:5]), 5),
    Source("coordinates", "degrees", chosen(drawn("52.52##, 13.40##"), drawn("-33.86##,151.20##"), "52°31'12\"N 13°24'18\"E"), ("I am at {} now", *PLAIN[:5]), 5),
)  # fmt: skip

SAY = (
    "Please look into {} as soon as you can.",
    "It shows {} again.",
    "We have {} since yesterday, what now?",
    "Es geht um {}, bitte prüfen.",
    "({})",
)
NEGATIVE = tuple(
    Source("", detail, chosen(*(drawn(form) for form in forms)), SAY, times)
    for detail, times, forms in (
        ("order number", 14, ("order 4929########", "order no. ##########", "Bestellung 30########", "commande n° 20########", "pedido n.º 9#########", "Order-ID: %#########", "zamówienie ########")),
        ("ticket number", 14, ("ticket #9########%", "ticket 415555####", "case 0%######", "Vorgang #########", "support request %########", "INC00######", "issue #1####")),
        ("invoice, part, serial", 14, ("invoice 2024-00####", "Rechnung 45########", "part no. 4155-55##-71", "serial 2026-03-01-00###", "SN %###########", "SKU ########", "batch %########")),
        ("tracking", 8, ("tracking 1Z999AA101########", "parcel 00340434########", "Sendung ############", "colis ###########")),
        ("version", 12, ("version 10.0.%.1", "v2.%#.1", "firmware 4.3.2.1", "build 1902%.1#", "release 2024.1%.%", "chapter 4.3.2.1", "Python 3.11.%")),
        ("time", 12, ("12:34:56", "log time 17485035430##", "2026-05-03T14:03:22Z", "2026-05-03 14:03:%#", "20260503140322", "timestamp 17485#####", "08:15-17:30", "14:03 on 3 May 2026")),
        ("date", 10, ("2026-05-03", "03.05.2026", "May 3rd, 2026", "from 1642-1649", "2001 2002 2003 2004", "01/02/2024 - 05/02/2024", "Q3 2025")),
        ("price", 12, ("1,234,567.89", "$12%.99", "€ 10 000 000", "10.000.000 EUR", "1 200 000 zł", "USD 45########", "12%.50 CHF", "1.234.567,%0 €")),
        ("quantity", 12, ("1234567 units", "3.14159265358979", "12 000 000 rows", "%###### followers", "1024x768", "16 GB of 65536 MB", "98765432 bytes", "10^12")),
        ("book or article", 10, ("ISBN 978-3-16-148410-0", "ISBN 0-306-40615-%", "EAN 4006381333931", "DOI 10.1000/182", "ISSN 0378-5955", "CAS 7732-18-5", "RFC 2822")),
        ("digest, commit, uuid", 12, ("commit 9fceb02d0ae598e95dc970b74767f19372d61af8", "e83c5163316f89bfbde7d9ab23ca2e25604af290", "d41d8cd98f00b204e9800998ecf8427e", "550e8400-e29b-41d4-a716-44665544####", "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")),
        ("code and paths", 14, ("a::b in C++", "error 0x80070057", "std::vector<int>", "/usr/local/lib/python3.11/site-packages", "MAX_RETRY_COUNT_2024", "getUserAccountSettings2FromCache", "x = 12345678", "git@github.com:org/repo.git", "lodash@4.17.21", "127.0.0.1:8080", "255.255.255.0")),
        ("mention, hotline", 8, ("Who @mentioned me?", "call 911", "dial 112", "text STOP to 85555", "#2024goals", "@anna_k")),
        ("measure, score, law", 12, ("3-6 6-2 6-7 6-2", "37.5 °C", "5'11\" and 180 lb", "1013 hPa", "§ 242 Abs. 2 BGB", "ISO 27001:2022", "flight LH 4##", "room 10.2.0%", "size 42-44", "120/80 mmHg")),
        ("place alone", 8, ("the museum at 12 Baker Street", "10 Downing Street", "Platz 5", "Route 66", "Highway 101", "Section 5 Road map", "Berlin 10115", "ZIP 90210")),
        ("account in a shop", 8, ("customer 2024-1####", "Kundennummer 10#####", "user id 83####", "policy %#########", "member since 2019", "booking ref %#####")),
    )
)  # fmt: skip
SOURCES = (*POSITIVE, *NEGATIVE)
