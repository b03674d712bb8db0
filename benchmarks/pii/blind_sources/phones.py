"""Telephone numbers of 45 countries, as they are written there.

From the ranges reserved for fiction where a country has one (US, CA, GB, AU, FR, DE, SE); elsewhere from thinly used blocks.
"""

from __future__ import annotations

from benchmarks.pii.blind_sources.drawing import shaped, source
from benchmarks.pii.rows import Source

KIND = "phone"


def _of(country: str, shapes: tuple[str, ...], *sentences: str, each: int = 1) -> Source:
    return source(KIND, country, shaped(*shapes), *sentences, each=each)


SOURCES = (
    _of(
        "US",
        ("(212) 555-01##", "312-555-01##", "415.555.01##", "+1 617 555 01##", "202 555 01##", "1-503-555-01##", "70255501##"),
        "My cell is {}, text is fine.",
        "Call me back at {} after 5 pm Central",
        "{} is a landline so no texts please",
        "caller id showed {} - she hung up before I could ask",
        "Emergency contact: mother, {}",
        '{"lead": "web", "phone": "{}", "zip": null}',
        each=2,
    ),
    _of("US, extension", ("(646) 555-01## ext. 4#", "213-555-01## x1##"), "Ask for me at {}", "Best number: {}"),
    _of("CA", ("416-555-01##", "(604) 555-01##", "+1 514 555 01##"), "Rejoignez-moi au {} en soirée", "Her number's {}, she's in Toronto", each=2),
    _of(
        "GB",
        ("020 7946 0###", "0161 496 0###", "+44 20 7946 0###", "+44 (0)161 496 0###", "(0113) 496 0###", "0121 496 0###"),
        "Please ring me on {} rather than email.",
        "tel {} (home), mobile on file",
        "Landlord rang from {} about the boiler again",
        each=2,
    ),
    _of("GB, freephone kept by a person", ("0808 157 0###",), "I had {} forwarded to my own handset"),
    _of("IE", ("01 555 0###", "+353 1 555 0###"), "Give us a shout on {}", "My mam's number is {} if I don't answer"),
    _of(
        "AU",
        ("0491 570 006", "0491 570 156", "0491 570 737", "+61 491 571 804", "0491 572 549", "(02) 5550 1###", "03 7010 0###", "+61 2 7010 2###"),
        "mob: {}",
        "Give me a bell on {} this arvo",
        "Tenant can be reached at {} before 8am AEST",
        each=2,
    ),
    _of("NZ", ("021 555 0##", "+64 21 555 0##", "09 555 0###"), "txt me on {}", "Contact for the bach: {}"),
    _of(
        "DE",
        ("030 23125 ###", "0221/4710-###", "+49 171 3920 0##", "0176 040690##", "+49 (0)89 99998-###", "040-66969###", "069 / 90 00 9# ##"),
        "Rufen Sie mich bitte unter {} zurück.",
        "Meine Nummer hat sich geändert: {}",
        "Tel.: {}\nFax: keins",
        "Hausmeister fragt, ob {} noch stimmt",
        "Bin unter der {} zu erreichen, aber erst ab 17 Uhr",
        each=2,
    ),
    _of("AT", ("0664 5550###", "+43 664 555 0###", "01/5550###"), "Bitte um Rückruf: {}", "Erreichbar am Handy {} oder gar nicht"),
    _of("CH", ("079 555 01 ##", "+41 79 555 01 ##", "044 555 01 ##"), "Natel {}", "Merci de me rappeler au {}", "chiamare {} ore pasti"),
    _of(
        "FR",
        ("01 99 00 ## ##", "02.61.91.##.##", "+33 3 53 01 ## ##", "04 65 71 ## ##", "05-36-49-##-##", "+33 (0)1 99 00 ## ##"),
        "Joignable au {} le matin uniquement",
        "mon tél : {}",
        "Rappeler Mme au {} avant vendredi",
        "J'ai bien reçu l'appel du {} mais ça a coupé",
        each=2,
    ),
    _of("BE", ("0470 55 50 ##", "+32 470 55 50 ##", "02 555 01 ##"), "gsm {}", "Bel mij op {} aub"),
    _of("NL", ("06 5550 0###", "06-55500###", "+31 6 5550 0###", "020 555 0###"), "Je kunt me bellen op {}", "appje naar {} mag ook", each=2),
    _of("LU", ("621 555 0##", "+352 621 555 0##"), "GSM privé {}"),
    _of("ES", ("600 55 50 ##", "+34 600 555 0##", "910 555 0##"), "Mi móvil es {}", "llámame al {} cuando salgas", "Tfno. de contacto {}, preguntar por la vecina"),
    _of("PT", ("912 555 0##", "+351 912 555 0##", "21 155 50 ##"), "O meu telemóvel é o {}", "liga-me para {}"),
    _of("IT", ("347 555 00##", "+39 347 555 00##", "06 5550 00##"), "cell. {}", "Mi richiami al {} dopo pranzo", "ho scritto su whatsapp al {}"),
    _of("PL", ("601 555 0##", "+48 601 555 0##", "22 555 00 ##", "+48 22 555 00 ##"), "tel. {}", "Proszę dzwonić pod {} po 16", "mój numer: {}"),
    _of("CZ", ("601 555 0##", "+420 601 555 0##"), "Volejte na {}", "mobil {}"),
    _of("SK", ("0905 555 0##", "+421 905 555 0##"), "Zavolajte mi na {}"),
    _of("HU", ("06 30 555 00##", "+36 30 555 00##", "06-1-555-00##"), "A telefonszámom {}", "hívjon vissza: {}"),
    _of("RO", ("0722 555 0##", "+40 722 555 0##", "021 555 00 ##"), "Sunați-mă la {}", "nr meu {} dupa ora 6"),
    _of("BG", ("0888 555 0##", "+359 888 555 0##"), "Телефон за връзка {}"),
    _of("GR", ("697 555 00##", "+30 697 555 00##", "210 555 00##"), "Κινητό: {}", "πάρε με στο {} το βράδυ"),
    _of("SE", ("070-174 06 ##", "+46 70 174 06 ##", "08-465 004 ##", "031-390 06 ##"), "Ring mig på {}", "mobilnr {}", "Nås på {} efter lunch", each=2),
    _of("NO", ("400 55 5##", "+47 400 55 5##", "22 55 50 ##"), "Ring meg på {}", "mobilen min er {}"),
    _of("DK", ("20 55 50 ##", "+45 20 55 50 ##"), "Ring til mig på {}", "mit nummer er {} hvis det haster"),
    _of("FI", ("040 555 00##", "+358 40 555 00##", "09 555 00##"), "Puh. {}", "soita {} kun ehdit"),
    _of("IS", ("611 55##", "+354 611 55##"), "Síminn minn er {}"),
    _of("EE, LV, LT", ("+372 5555 00##", "+371 2055 50##", "+370 612 555 0#"), "kontakt / kontakts / kontaktas: {}", "Baltic on-call person: {}"),
    _of("HR, RS, SI", ("+385 91 555 00##", "+381 63 555 0##", "+386 40 555 0##"), "Nazovite me na {}", "moj broj {}"),
    _of("TR", ("0532 555 00 ##", "+90 532 555 00 ##", "0 (532) 555 00 ##"), "Cep: {}", "beni {} numarasından arayın"),
    _of("RU", ("+7 912 555-00-##", "8 (912) 555-00-##", "8 912 555 00 ##"), "Мой телефон {}", "перезвоните на {} пожалуйста", "тел. {} Ольга"),
    _of("UA", ("+380 67 555 00 ##", "067 555 00 ##", "(067) 555-00-##"), "Мій номер {}", "зателефонуйте {}"),
    _of("IL", ("052-555-00##", "+972 52-555-00##"), "הנייד שלי {}", "call {} but not on Saturday"),
    _of("AE", ("050 555 00##", "+971 50 555 00##"), "WhatsApp me: {}", "رقمي {}"),
    _of("SA, EG", ("+966 50 555 00##", "+20 100 555 00##"), "جوالي {} للتواصل"),
    _of("IN", ("+91 98765 500##", "98765 500##", "098765500##"), "My mob no is {}", "call karo {} pe", "Kindly contact on {} for the site visit", each=2),
    _of("PK, BD", ("0300 55500##", "+92 300 55500##", "+880 1711 5550##"), "mera number {} save kar lo", "bKash number {}"),
    _of("CN", ("138 0055 50##", "+86 138 0055 50##", "1380055 50##"), "我的手机号是{}", "请打{}联系我，谢谢"),
    _of("HK, SG, TW", ("+852 9555 00##", "+65 8555 00##", "0912 555 0##"), "whatsapp {} ok?", "手機 {}"),
    _of("JP", ("090-5550-00##", "+81 90 5550 00##", "03-5550-00##"), "電話番号は {} です。", "携帯：{}", "折り返しは{}にお願いします"),
    _of("KR", ("010-5550-00##", "+82 10 5550 00##"), "제 번호는 {} 입니다", "연락처: {}"),
    _of("TH, VN", ("081 555 00##", "+66 81 555 00##", "0905 555 0##", "+84 905 555 0##"), "เบอร์มือถือ {}", "số điện thoại của tôi {}"),
    _of("ID, MY, PH", ("0812 5550 00##", "+62 812 5550 00##", "012-555 00##", "0917 555 00##"), "no hp saya {}", "Viber/cp: {}"),
    _of("BR", ("(11) 95555-00##", "+55 11 95555-00##", "11 95555 00##"), "Meu zap é {}", "Fone {} recado com a vizinha", "me liga no {}", each=2),
    _of("MX", ("55 5555 00##", "+52 55 5555 00##"), "Mi cel {}", "marca al {} por favor"),
    _of("AR, CL, CO, PE", ("+54 9 11 5555-00##", "+56 9 5555 00##", "+57 310 555 00##", "+51 955 550 0##"), "mi whatsapp: {}", "Escríbeme al {} mejor"),
    _of("ZA", ("082 555 00##", "+27 82 555 00##"), "Cell {}", "please call {} or just WhatsApp"),
    _of("NG, KE, GH", ("0803 555 00##", "+234 803 555 00##", "0722 5550##", "+254 722 5550##", "+233 24 555 00##"), "my line is {}", "M-Pesa: {}"),
    _of(
        "international, in a machine's words",
        ("+4930231251##", "+33199001###", "+442079460###", "+46701740612", "+12025550123", "+61491570159"),
        "tel:{}",
        "sms_gateway: to={} status=undelivered",
        "contact;{};preferred\n",
        "| night nurse | {} |",
        "wa.me link for {} is broken",
        "00 before the country or plus? I typed {}",
    ),
    _of(
        "odd typing",
        ("0049 171 39200 ##", "+44 / 20 / 7946 0###", "+1 (212) 555 - 01##", "020 7946\n0###", "+33\u00a01\u00a099\u00a000\u00a0##\u00a0##"),
        "My number, sorry for the spaces: {}",
        "Reach me via {} in the evening",
        "He left his number, {}, on the answering machine",
        "Signed,\nOkan\nT {}",
    ),
)
