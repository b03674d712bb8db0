"""Birth dates in forms, tickets, letters, logs and JSON. Marked: the date alone."""

from __future__ import annotations

import random

from benchmarks.pii.blind_sources.drawing import Make, born, source

BIRTH = "birth date"

EN = "January February March April May June July August September October November December"
DE = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
FR = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
ES = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
IT = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
PT = "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"
NL = "januari februari maart april mei juni juli augustus september oktober november december"
SV = "januari februari mars april maj juni juli augusti september oktober november december"
DA = "januar februar marts april maj juni juli august september oktober november december"
FI = "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu"
PL = "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"
CS = "ledna února března dubna května června července srpna září října listopadu prosince"
HU = "január február március április május június július augusztus szeptember október november december"
RO = "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie"
EL = "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου Δεκεμβρίου"
TR = "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık"
RU = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
UK = "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"
ID = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember"
AR = "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"
HE = "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר"
HI = "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर"
TH = "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม"

ARABIC, DEVANAGARI = (str.maketrans("0123456789", digits) for digits in ("٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९"))


def dated(shape: str, months: str = EN, digits: dict[int, int] | None = None, years: tuple[int, int] = (1942, 1999)) -> Make:
    """Dates of a `str.format` shape: y, yy, m, d, and name and short, the month's."""

    def make(rng: random.Random) -> str:
        y, m, d = born(rng, *years)
        name = months.split()[m - 1]
        suffix = "th" if 10 < d < 14 else {1: "st", 2: "nd", 3: "rd"}.get(d % 10, "th")
        text = shape.format(
            y=y, yy=f"{y % 100:02d}", m=m, d=d, name=name, short=name[:3], th=suffix, thai=y + 543, showa=y - 1925
        )
        return text.translate(digits) if digits else text

    return make


SLASHED, DOTTED, DASHED, ISO = "{d:02d}/{m:02d}/{y}", "{d:02d}.{m:02d}.{y}", "{d:02d}-{m:02d}-{y}", "{y}-{m:02d}-{d:02d}"
WORDS, OF = "{d} {name} {y}", "{d} de {name} de {y}"
#: Years in which children were born
CHILD = (2004, 2024)

SOURCES = (
    source(
        BIRTH,
        "en, a child",
        dated("{m}/{d}/{y}", years=CHILD),
        "my son was born {} so he should still be on my plan until he turns 26, right??",
        each=2,
    ),
    source(
        BIRTH,
        "en, a child, ordinal",
        dated("{d}{th} {name} {y}", years=CHILD),
        "We, the parents of Wilf, who was born on the {}, consent to the school trip.",
        each=2,
    ),
    source(
        BIRTH,
        "de, a child",
        dated(DOTTED, years=CHILD),
        "Sehr geehrte Damen und Herren, anbei die Anmeldung meiner Tochter Fenja (*{}) für den Schwimmkurs.",
        each=2,
    ),
    source(
        BIRTH,
        "en, day first",
        dated(SLASHED),
        "Caller passed security: first line of address ok, DOB {}, mother's maiden name not asked.",
        "Pt seen in clinic today. D.O.B. {}. Known asthmatic, no allergies.",
        "hiya, passenger 2 has the wrong date of birth on the booking, it should say {} not what's on there",
        "SURNAME: OKAFOR-LANE | FORENAMES: Bree | BORN: {} | SEX: F",
        each=2,
    ),
    source(
        BIRTH,
        "en, US",
        dated("{m}/{d}/{y}"),
        "Member verified w/ dob {} and last name, then asked why her copay went up.",
        "Birthdate (mm/dd/yyyy): {}   Grade entering: 7   T-shirt size: M",
        each=2,
    ),
    source(
        BIRTH,
        "en, words",
        dated(WORDS),
        "The claimant, born on {} in Dundee, worked for the respondent for eleven years.",
        "Please amend the date of birth in our records to {}; the one on the policy is my husband's.",
        each=2,
    ),
    source(
        BIRTH,
        "en, month first",
        dated("{name} {d}, {y}"),
        "I was born {} and I'd like to know when I can draw my pension without a penalty.",
        "Re: birth certificate for Odalys Brankov, date of birth {}, certified copy requested.",
        "Born in Tulsa on {}, she moved to Oregon as a child.",
        each=2,
    ),
    source(
        BIRTH,
        "en, ordinal",
        dated("{d}{th} {name} {y}", years=(1926, 1945)),
        "Gran's birthday is {} if the care home asks again",
        each=2,
    ),
    source(BIRTH, "en, no year", dated("{d} {name}"), "it's my birthday on {}, does the free dessert thing still work?", each=2),
    source(
        BIRTH,
        "en, abbreviated",
        dated("{d:02d}-{short}-{y}"),
        "KYC review: name match 0.97, Date of Birth {} (passport) vs. blank (application). Escalate.",
        "Kindly update DOB as {} in PF portal, Aadhaar is already having correct one.",
        each=2,
    ),
    source(
        BIRTH,
        "en, two-digit year",
        dated("{d:02d}.{m:02d}.{yy}"),
        "Mr P Ellery (dob {}) rang re. his results pls call back",
        each=2,
    ),
    source(
        BIRTH,
        "ISO, in machines' formats",
        dated(ISO),
        '{"patient": {"resourceType": "Patient", "gender": "female", "birthDate": "{}"}}',
        "2026-02-11T08:14:09Z WARN enrol: date_of_birth={} fails rule MIN_AGE_18",
        "customer:\n  tier: gold\n  birthdate: {}\n  newsletter: false",
        "INSERT INTO members (ref, dob, plan) VALUES ('M-4471', '{}', 'family');",
        "<traveller><type>ADT</type><DateOfBirth>{}</DateOfBirth></traveller>",
        "name;geburtsdatum;tarif\nJorina Habenicht;{};Basis",
        "GET /v2/quotes?product=term-life&smoker=0&dob={} 200 41ms",
        "BDAY:{}\nEND:VCARD",
        each=2,
    ),
    source(
        BIRTH, "compact", dated("{y}{m:02d}{d:02d}"), "PID|1||00482^^^MRN||Tamsin^Roe|| DOB {} |F", "birthDate={}&lang=en", each=2
    ),
    source(
        BIRTH,
        "de",
        dated(DOTTED),
        "Versicherte Person: Levke Thomsen, geb. {}, Kennz. nicht bekannt",
        "Mein Geburtsdatum ist {}, bitte im Kundenkonto ändern, da steht noch der 1. Januar.",
        "Ich, geboren am {} in Görlitz, bevollmächtige hiermit meine Schwester, die Unterlagen abzuholen.",
        each=2,
    ),
    source(BIRTH, "de, words", dated("{d}. {name} {y}", DE), "Die Klägerin wurde am {} in Bregenz geboren.", each=2),
    source(
        BIRTH,
        "fr",
        dated(SLASHED),
        "Né(e) le : {}   Commune de naissance : Vierzon",
        "Bonjour, la date de naissance de mon fils est fausse sur la carte Jeune, c'est {}.",
        "Assuré : Mme Perrine Castagnol, née le {}, dossier en attente de pièces.",
        each=2,
    ),
    source(
        BIRTH, "fr, words", dated(WORDS, FR), "Je soussigné, né le {} à Quimper, certifie sur l'honneur être célibataire.", each=2
    ),
    source(
        BIRTH,
        "es",
        dated(SLASHED),
        "Fecha de nacimiento: {}. Nacionalidad: chilena.",
        "hola, nací el {} y me sale que no tengo edad para el abono, qué hago",
        each=2,
    ),
    source(BIRTH, "es, words", dated(OF, ES), "Compareciente: don Ibai Larrazabal, nacido en Tudela el {}, casado.", each=2),
    source(
        BIRTH,
        "it",
        dated(SLASHED),
        "Il/La sottoscritto/a, nato/a a Potenza il {}, dichiara quanto segue.",
        "Data di nascita {}",
        each=2,
    ),
    source(BIRTH, "it, words", dated(WORDS, IT), "Mia madre è nata il {} e vorrebbe la tessera over 65.", each=2),
    source(
        BIRTH,
        "pt",
        dated(SLASHED),
        "Data de nascimento: {} / Estado civil: solteira",
        "DN {}, utente sem médico de família",
        each=2,
    ),
    source(BIRTH, "pt, words", dated(OF, PT), "Nasci em {}, consigo ainda pedir o cartão jovem?", each=2),
    source(BIRTH, "nl", dated(DASHED), "Geboortedatum cliënt: {}. Indicatie loopt af in juni.", each=2),
    source(
        BIRTH,
        "nl, words",
        dated(WORDS, NL, years=CHILD),
        "Mijn zoontje is geboren op {}, wanneer krijgt hij de eerste prik?",
        each=2,
    ),
    source(BIRTH, "sv", dated(ISO), "Födelsedatum: {}, medlem sedan länge, vill byta gym", each=2),
    source(BIRTH, "sv, words", dated("{d} {name} {y}", SV), "Hon är född den {} i Luleå.", each=2),
    source(BIRTH, "da", dated("{d}. {name} {y}", DA), "Min far er født {} og kan ikke finde ud af MitID", each=2),
    source(BIRTH, "nb", dated(DOTTED), "Fødselsdato {}, pasienten ønsker ny time i Bodø.", each=2),
    source(BIRTH, "fi", dated("{d}.{m}.{y}"), "Syntymäaika: {}. Kotikunta: Kajaani.", each=2),
    source(BIRTH, "fi, words", dated("{d}. {name}kuuta {y}", FI), "Hakija on syntynyt {} Kuopiossa.", each=2),
    source(BIRTH, "pl", dated(DOTTED), "Data urodzenia: {} r., miejsce urodzenia: Łomża", each=2),
    source(BIRTH, "pl, words", dated(WORDS, PL), "Urodziłam się {} i nadal nie mam karty seniora.", each=2),
    source(BIRTH, "cs", dated("{d}. {m}. {y}"), "Paní Alžběta Vránková, nar. {}, bytem tamtéž", each=2),
    source(BIRTH, "cs, words", dated("{d}. {name} {y}", CS), "Žadatel se narodil {} v Písku.", each=2),
    source(BIRTH, "sk", dated(DOTTED, years=CHILD), "Dátum narodenia dieťaťa: {}, trieda 2.B", each=2),
    source(BIRTH, "hu", dated("{y}. {name} {d}.", HU), "Születési idő: {}, anyja neve a túloldalon", each=2),
    source(BIRTH, "ro", dated(WORDS, RO), "Subsemnata, născută la data de {} în Bacău, solicit o adeverință.", each=2),
    source(BIRTH, "hr", dated("{d:02d}.{m:02d}.{y}."), "Datum rođenja: {} Mjesto: Sisak", each=2),
    source(BIRTH, "bg", dated(DOTTED), "Дата на раждане: {} г., гражданство българско", each=2),
    source(BIRTH, "el", dated(SLASHED), "Ημερομηνία γέννησης: {}, κάτοικος Βόλου", each=2),
    source(BIRTH, "el, words", dated(WORDS, EL), "Γεννήθηκα στις {} στην Καβάλα.", each=2),
    source(BIRTH, "tr", dated(DOTTED), "Doğum tarihi: {}, kan grubu 0 Rh+", each=2),
    source(BIRTH, "tr, words", dated(WORDS, TR, years=CHILD), "Kızım {} doğumlu, kreşe kayıt olabilir mi?", each=2),
    source(BIRTH, "ru", dated(DOTTED), "Дата рождения: {}, место рождения: г. Тверь", each=2),
    source(BIRTH, "ru, words", dated("{d} {name} {y}", RU), "Заявитель родился {} года, пенсия не начислена.", each=2),
    source(BIRTH, "uk", dated(WORDS, UK, years=CHILD), "Моя донька народилася {} року, хочемо записатися до лікаря.", each=2),
    source(BIRTH, "ar", dated("{d:02d}/{m:02d}/{y}", digits=ARABIC), "تاريخ الميلاد: {}، الجنسية: أردنية", each=2),
    source(BIRTH, "ar, words", dated("{d} {name} {y}", AR), "ولدت في {} وأرغب في تجديد بطاقتي.", each=2),
    source(BIRTH, "he", dated("{d} ב{name} {y}", HE), "נולדתי ב-{} ואני רוצה לבדוק זכאות להנחה", each=2),
    source(BIRTH, "hi", dated("{d:02d}/{m:02d}/{y}", digits=DEVANAGARI), "जन्म तिथि: {}, पिता का नाम नीचे दिया है", each=2),
    source(BIRTH, "hi, words", dated(WORDS, HI), "मेरा जन्म {} को नागपुर में हुआ था।", each=2),
    source(BIRTH, "zh", dated("{y}年{m}月{d}日"), "出生日期：{}，民族：汉", "我妈妈是{}出生的，能办老年卡吗？", each=2),
    source(BIRTH, "ja", dated("{y}年{m}月{d}日"), "生年月日：{}（女性）", "私は{}生まれですが、学割は使えますか。", each=2),
    source(
        BIRTH, "ja, era", dated("昭和{showa}年{m}月{d}日", years=(1942, 1988)), "患者氏名：桐谷 佐和　生年月日：{}　初診", each=2
    ),
    source(BIRTH, "ko", dated("{y}년 {m}월 {d}일"), "생년월일: {}, 보험 가입 문의드립니다", each=2),
    source(BIRTH, "th", dated("{d} {name} {thai}", TH), "วันเดือนปีเกิด {} สัญชาติไทย", each=2),
    source(BIRTH, "vi", dated(SLASHED), "Ngày sinh: {}. Quê quán: Nam Định.", each=2),
    source(BIRTH, "id", dated(WORDS, ID), "Tempat/Tanggal Lahir: Malang, {}", each=2),
)
