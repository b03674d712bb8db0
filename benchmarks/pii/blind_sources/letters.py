"""Longer messages, with what else people write around the values."""

from __future__ import annotations

from benchmarks.pii.blind_sources import addresses, banks, births, emails, national_numbers, world_numbers
from benchmarks.pii.blind_sources.cards import DASHED, FOURS, PLAIN, card
from benchmarks.pii.blind_sources.drawing import Make, shaped
from benchmarks.pii.blind_sources.secrets import password
from benchmarks.pii.rows import Source

CARD = card(("4485", "5412", "5301"), 16, FOURS, PLAIN, DASHED)
STREET_GB = addresses.address(("Pellwood Road", "Marlstone Terrace"), "%# {s}, Leeds LS# #QT", "Flat %, %# {s}, Leeds LS# #HW")
STREET_FR = addresses.address(("rue des Tillombes", "impasse des Mésombes"), "%# {s}, 6900#", "% bis {s}, 6900#")
STREET_NL = addresses.address(("Lindekornhof", "Oude Veldwijk"), "{s} ##, 35## KC")
STREET_IT = addresses.address(("Via dei Mughettoni", "Viale Tarvollin"), "{s} %#, 201##")


def _of(detail: str, sentence: str, *values: tuple[str, Make]) -> Source:
    (kind, make), *also = values
    return Source(kind, f"letter: {detail}", make, (sentence,), 2, tuple(also))


SOURCES = (
    _of(
        "double charge",
        "Hi team,\n\nI ordered two lamps (order 5520193) on 3 March and paid 129.90 with my card. The number is {}. On "
        "5 March the\n"
        "same amount was taken again. Please refund one of them. If you need anything, my mobile is off, so mail "
        "{2}.\n\nThanks\nMira",
        ("card", CARD),
        ("email", emails.plain),
    ),
    _of(
        "moved",
        "Dear all,\nwe are moving on the 1st. From then on everything should go to {}. The meter reading was 48213 kWh "
        "when we left,\n"
        "and the landline stays the same: {2}.\nKind regards",
        ("address", STREET_GB),
        ("phone", shaped("0113 496 0###")),
    ),
    _of(
        "refund in German",
        "Sehr geehrte Damen und Herren,\n\nmit Bescheid vom 12.02.2025 (Az. 4711/25) wurde mir eine Erstattung von "
        "318,20 Euro zugesagt.\n"
        "Bitte überweisen Sie den Betrag auf {}. Meine Steuer-Identifikationsnummer: {2}.\n\nMit freundlichen Grüßen",
        ("iban", banks.iban("DE", "#" * 18)),
        ("government", national_numbers.steuer_id),
    ),
    _of(
        "insurance in French",
        "Bonjour,\nsuite à notre échange du 14 mai, je vous confirme que mon fils, né le {}, vit toujours chez moi au {2} Lyon.\n"
        "Le dossier 2025-88412 n'a pas bougé depuis trois semaines. Cordialement",
        ("birth date", births.date("{dd}/{mm}/{y}", "{d} {month} {y}", months=births.FR)),
        ("address", STREET_FR),
    ),
    _of(
        "energy in Spanish",
        "Buenas tardes:\nLlevo desde el 2 de abril sin luz y la referencia 7733120 sigue abierta. Soy la titular, con "
        "DNI {}, y me podéis\n"
        "localizar en el {2} a cualquier hora. Gracias.",
        ("government", national_numbers.dni),
        ("phone", shaped("600 555 0##", "+34 600 55 50 ##")),
    ),
    _of(
        "login in Dutch",
        "Hoi, sinds versie 8.2.1 kan ik niet meer inloggen. Ik gebruik {} en als wachtwoord {2} (ja, dat verander ik straks).\n"
        "Foutcode 4031. Groet, Joost",
        ("email", emails.plain),
        ("secret", password),
    ),
    _of(
        "complaint in Italian",
        "Gentile assistenza, il pacco 1Z999 è fermo dal 7 giugno. L'indirizzo giusto è {} Milano, citofono al secondo piano.\n"
        "Il mio codice fiscale per la fattura è {2}.",
        ("address", STREET_IT),
        ("government", national_numbers.codice_fiscale),
    ),
    _of(
        "clinic in Portuguese",
        "Olá, queria marcar consulta para a minha mãe. Ela nasceu em {} e o CPF dela é {2}. De preferência depois do "
        "dia 20, às 15h.",
        ("birth date", births.date("{dd}/{mm}/{y}")),
        ("government", world_numbers.cpf),
    ),
    _of(
        "bank in Polish",
        "Dzień dobry, reklamacja nr R/2025/118. Przelew na 450,00 zł miał trafić na konto {}, a trafił gdzie indziej.\n"
        "Proszę o telefon: {2}. Pozdrawiam",
        ("iban", banks.iban("PL", "#" * 24)),
        ("phone", shaped("601 555 0##", "+48 601 555 0##")),
    ),
    _of(
        "school in Swedish",
        "Hej! Vår dotter, född {}, börjar i klass 2B den 19 augusti. Ring mig på {2} om något saknas. Mvh",
        ("birth date", births.date("{y}-{mm}-{dd}", "{d} {month} {y}", months=births.SV)),
        ("phone", shaped("070-174 06 ##")),
    ),
    _of(
        "parcel in Russian",
        "Здравствуйте! Заказ 99120-4 висит с 3 июня. Мой номер {}, почта {2}. Если не получится доставить до пятницы, отмените.",
        ("phone", shaped("+7 912 555-00-##", "8 (912) 555-00-##")),
        ("email", emails.plain),
    ),
    _of(
        "subscription in Turkish",
        "Merhaba, 12 Mayıs'ta aboneliğimi iptal ettim ama 149,90 TL yine çekildi. Kart numaram {}. İadeyi {2} hesabına "
        "yapın lütfen.",
        ("card", CARD),
        ("iban", banks.iban("TR", "#" * 22)),
    ),
    _of(
        "ticket in Japanese",
        "お世話になっております。注文番号20250311の件です。返金がまだ届いておりません。電話は{}、メールは{2}です。よろしくお願いいたします。",
        ("phone", shaped("090-5550-00##")),
        ("email", emails.plain),
    ),
    _of(
        "ticket in Chinese",
        "你好，我3月5日买的耳机（订单88213009）坏了。身份证号{}，手机{2}，请尽快处理，谢谢。",
        ("government", world_numbers.resident_id_cn),
        ("phone", shaped("138005550##")),
    ),
    _of(
        "notes of a call",
        "14:05 inbound, 6 min. Caller upset about late fee (22.50). Verified: DOB {}, last payment 03/01. New mailing "
        "address {2}.\n"
        "Wants a supervisor. Follow up by Thursday. Ref 118-20394.",
        ("birth date", births.date("{mm}/{dd}/{y}")),
        ("address", addresses.address(("Larkmoor Ave", "Tallowtree Dr"), "14## {s}, Apt %B, Dayton, OH 454##")),
    ),
    _of(
        "chat",
        "me: where's my stuff\nagent: may I have your e-mail?\nme: {}\nagent: and the card you paid with?\nme: {2} i "
        "think\nagent: thank you, one moment",
        ("email", emails.plain),
        ("card", CARD),
    ),
    _of(
        "application form",
        "Surname: Fenwright\nGiven name: Ravi\nBorn: {}\nNI number: {2}\nHome: {3}\nStart date: 01/09/2025\nShoe size: 43",
        ("birth date", births.date("{dd}/{mm}/{y}", "{d} {month} {y}")),
        ("government", national_numbers.nino),
        ("address", STREET_GB),
    ),
    _of(
        "quoted mail",
        "> On 4 Feb, Hanneke wrote:\n> bring the keys to {} Utrecht\n> and call first, {2}\nWill do, around 18:30.",
        ("address", STREET_NL),
        ("phone", shaped("06 5550 0###", "+31 6 5550 0###")),
    ),
    _of(
        "log of a sign-up",
        "2025-06-01T09:14:22.114Z INFO signup req=7f3a2c ms=182 mail={} tel={2}\n2025-06-01T09:14:22.120Z INFO signup "
        "req=7f3a2c done",
        ("email", emails.plain),
        ("phone", shaped("+4930231251##", "+120255501##")),
    ),
    _of(
        "JSON of a claim",
        '{"claim": 20394, "opened": "2025-02-11", "insured": {"born": "{}", "iban": "{2}"}, "items": [{"sku": "A-1182", '
        '"eur": 79.9}]}',
        ("birth date", births.date("{y}-{mm}-{dd}")),
        ("iban", banks.iban("AT", "#" * 16, "plain")),
    ),
    _of(
        "hand-over",
        "Ward 4, bed 12. Obs stable, 37.2, 128/76. NHS {}. Next of kin on {2}, rings every evening. Bloods due 06:00.",
        ("government", national_numbers.spaced(national_numbers.nhs, (3, 3))),
        ("phone", shaped("020 7946 0###", "0161 496 0###")),
    ),
)
