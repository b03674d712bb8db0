"""Documents and numbers of states and insurers that words name: what follows the name is the number, whatever it looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from components.privacy.findings import matches

_NAMES = (
    # English
    r"passports?|driv(?:er'?s?|ing)['s]{0,2} licen[cs]es?|drivers? (?:licen[cs]e|number)|dl|dl#|licen[cs]e (?:number|no\.?|#)"
    r"|national id(?:entity)?(?: card)?|national insurance"
    r"|identity (?:card|number|document|no\.?)|identification (?:card|number|document)|id[ -]card|id[ -](?:number|no\.?|nr\.?"
    r"|#)|my (?:sa )?id|citizen(?:ship)?(?: card)? (?:id|number|no\.?)|personal (?:id|code|identity|identification)(?: number"
    r"| code)?"
    r"|tax (?:id|identification|payer id|file|reference)|taxpayer(?: reference| id\w{0,14})?|tin|ssn|ss#|ss no\.?"
    r"|social security|social insurance|voter'?s? id|residen(?:t|ce|cy) (?:permit|card)|visa number|work permit"
    r"|alien registration|a-number|uscis|green card|health (?:card|insurance|number)|medicare|medicaid|insurance (?:id|number"
    r"|no\.?)|military id|birth certificate|marriage certificate|itin|nino|ppsn?|utr|nhs|ghana card|thai id|emirates id|eid"
    r"|iqama|epic no|cnic|nicop|mykad|nric|hkid|kra pin|bvn|nin|ohip|nhi|ird|tfn|irp5|national register|philsys|umid"
    r"|pag-?ibig"
    r"|philhealth"
    # German
    r"|reisepass\w{0,8}|pass-?n(?:umme)?r\.?|personalausweis\w{0,8}|perso(?:-?nr\.?)?|ausweis\w{0,8}|führerschein\w{0,8}"
    r"|steuer-?(?:id|nummer|identifikationsnummer|nr\.?)|steuerliche identifikationsnummer|st\.?-?nr\.?|idnr\.?"
    r"|aufenthalts(?:titel|erlaubnis)|sozialversicherungs\w{0,10}|rentenversicherungs\w{0,10}"
    r"|(?:kranken)?versicher(?:ten|ungs)-?n(?:umme)?r\.?|kvnr|krankenversicherten\w{0,8}|svnr|sv-nr\.?"
    # French
    r"|passeport|permis de conduire|carte (?:nationale )?d'identité|cni|carte vitale|num(?:éro)? fiscal|n° fiscal|no fiscal"
    r"|spi|titre de séjour|num(?:éro)? de sécu\w{0,3}|sécurité sociale|nir|matricule(?: national)?|avs|assurance maladie"
    r"|registre national|numéro national|niss|insz"
    # Spanish, Catalan, Portuguese
    r"|pasaporte|passaport|carn(?:et|é) de conducir|licencia de conducir|c[ée]dula(?: de (?:ciudadanía|identidad"
    r"|extranjería))?|carn[ée](?: de identidad)?|documento(?: de identidad| nacional de identidad| nº| n\.?)?|dni|d\.n\.i\."
    r"|nif|n\.i\.f\.|nie|nuss|seguridad social|seguro social|afiliación|curp|rfc|clave de elector|ine|nss|cuil|cuit|rut"
    r"|run|ruc"
    r"|passaporte|cartão d[eo] cidadão|bilhete de identidade|carteira de (?:identidade|motorista|habilitação|trabalho)|rg|cnh"
    r"|cpf|cnpj|título (?:de eleitor|eleitoral)|pis(?:/pasep)?|pasep|nis|nit|segurança social|contribuinte"
    r"|número de identificação fiscal|cns|sus"
    # Italian, Dutch
    r"|passaporto|patente(?: di guida)?|carta d(?:'|i )identità|cie|permesso di soggiorno|tessera sanitaria|codice fiscale"
    r"|c\.f\.|documento n\."
    r"|paspoort\w{0,8}|rijbewijs\w{0,8}|identiteits(?:kaart|bewijs)\w{0,7}|id-kaart|bsn|burgerservicenummer"
    r"|rijksregister\w{0,8}"
    # Polish, Czech, Slovak, Hungarian, Romanian, the south east
    r"|paszport\w{0,3}|(?:seria i numer |numer )?dow(?:ód|odu)(?: osobist(?:y|ego))?|prawo jazdy|nip|pesel|regon"
    r"|občansk[ýé]\w{0,2} průkaz\w{0,2}|číslo op|op č\.?|občiansky preukaz|rodné číslo|r\.?č\.?"
    r"|řidičsk[ýé]\w{0,2} průkaz\w{0,2}|cestovní pas"
    r"|személyi(?: igazolvány| szám)\w{0,6}|adóazonosító(?: jel)?|taj(?:-?\s?szám\w{0,3})?|útlevél\w{0,4}|jogosítvány\w{0,3}"
    r"|cnp|cod(?:ul)? numeric(?: personal)?|buletin(?:ul)?|ci seria|carte de identitate|pașaport|permis de conducere"
    r"|лична карта|егн|egn|oib|jmbg|јмбг|matični broj|osobna iskaznica|lična karta|putovnica|em[šs]o|davčna številka"
    r"|osebna izkaznica"
    # Greek, Turkish
    r"|α\.?φ\.?μ\.?|afm|α\.?μ\.?κ\.?α\.?|amka|α\.?δ\.?τ\.?|(?:αριθμός )?ταυτότητα\w?|διαβατήριο|pasaport|ehliyet|kimlik(?: no"
    r"| numaram?)?|tckn|t\.?c\.?(?: kimlik)?(?: no)?"
    # The north, the Baltic
    r"|körkort\w{0,8}|pass(?:nummer|number)|kørekort\w{0,8}|førerkort\w{0,8}|personn(?:umme)?r|pnr|samordningsnummer"
    r"|fødselsnummer|fnr|cpr(?:-?n(?:umme)?r\.?)?|kennitala|kt\.|henkilötunnus|hetu|passi(?:n numero)?|ajokort\w{0,4}"
    r"|isikukood|asmens kodas|personas kods|id-kaart|pase nr"
    # Russian, Ukrainian, Kazakh
    r"|паспорт\w{0,2}|инн|снилс|водительск\w{2,3} удостоверени\w|полис(?: омс)?|загранпаспорт\w?|іпн|рнокпп"
    r"|ідентифікаційний (?:код|номер)|посвідчення|иин|жсн|iin"
    # Asia in Latin letters
    r"|shanakh?ti card|shanakhti|căn cước(?: công dân)?|chứng minh(?: nhân dân| thư)?|hộ chiếu|mã số thuế|philid"
    r"|kartu tanda penduduk|nomor induk kependudukan|npwp|paspor|tax[_-]id|national[_-]id|passport[_-](?:no|number|id)"
    r"|aadhaa?r|pan(?: card)?|nid|nic|kad pengenalan|no\.? kad pengenalan|nik|ktp|no\.? ktp|cccd|cmnd|số (?:cccd|cmnd)|sss|ic"
)
_FAR = (
    r"护照|護照|パスポート|旅券|여권|पासपोर्ट|身份证|身份證|身分證|マイナンバー|個人番号|運転免許証|주민등록번호|주민번호|운전면허|आधार|เลขบัตรประชาชน|บัตรประชาชน"
    r"|teudat zehut|ת\.?ז\.?|תעודת זהות|דרכון|هوية|الهوية|الرقم القومي|جواز السفر|رقم الإقامة"
)
NAMES = re.compile(rf"(?<![^\W_])(?:{_NAMES})(?![^\W_])|{_FAR}", re.IGNORECASE)
#: Names of two or three letters that are also other words: only in capitals or with points, before seven digits or more
SHORT = re.compile(r"(?<![^\W_])(?:CI|C\.I\.|CC|C\.C\.|cc|IC|OP|DL|RG|TIN|NIS|PIS|SIN|NAS|SSS|NIC|NID|ID)(?![^\W_])")
_AMBIGUOUS = (
    "cc",
    "ci",
    "ic",
    "op",
    "dl",
    "sss",
    "nic",
    "nid",
    "id",
    "tin",
    "pan",
    "ine",
    "nit",
    "cie",
    "sus",
    "cns",
    "nin",
    "nik",
    "ird",
    "run",
    "rut",
    "pis",
    "nis",
    "rg",
    "pass",
    "passi",
    "perso",
    "taj",
    "documento",
    "avs",
    "eid",
)
FILLER = re.compile(
    r"[\s:.,='(#-]{0,4}(?:(?:numbers?|num|no|nr|n°|nº|n\.o|n\.|č|№|nummer|nummern|numero|número|numéro|numer|numarası|номер"
    r"|card|id|code|series|serie|seria|серия|серии|і|и|szám|jel|is|was|ist|lautet|est"
    r"|es|è|é|jest|to|är|er|je|ini|adalah|là|hai|on file|number is|de référence|électronique|biométrique|elettronic[ao]"
    r"|electrónic[ao]|elektronisch\w{0,2}|peruano|chileno|argentino|colombiano|mexicano|español|paraguayo|uruguayo"
    r"|boliviano|vencid[oa]|nuev[oa]|nuov[oa]|nouveau|new|old|neue\w?|alte\w?|saya|kami|anda|của tôi|tôi|số|ของฉัน|ของผม"
    r"|ของดิฉัน|שלי|الخاص بي|мой|моя|мій|mój|moje|mi|mio|mia|meu|minha|mon|ma|mein\w{0,2}|mijn|mitt|min|de|号码|號碼|番号|字號|號"
    r"|号|رقم)[\s:.,='(#-]{1,3}|[：:是は는은]\s?){0,4}",
    re.IGNORECASE,
)
_LETTERS = r"A-Za-zА-ЯІЇЄΑ-Ω"
_CHUNK = rf"[{_LETTERS}]{{0,6}}\d[A-Za-z\d]{{0,19}}"
VALUE = re.compile(
    rf"(?:[A-ZА-ЯІЇЄΑ-Ω]{{1,5}}[ -])?{_CHUNK}(?:[ ./-]{{1,2}}(?:{_CHUNK}|[A-Z](?![A-Za-z]))|-[a-z](?![A-Za-z])){{0,6}}"
    r"(?:\([0-9A-Z]\)|[ -][A-Z]{2,3}(?![A-Za-z]))?(?![A-Za-z0-9])"
)
_NO_VALUE = re.compile(
    r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:19|20)\d\d[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./](?:19"
    r"|20)?\d\d|(?:19|20)\d\d|\d{1,2}\.\d{1,2}(?:\.\d{1,2})?"
    r"|\d{1,4})"
)
#: Before `id number`, these say whose: not a person's
_WHOSE = re.compile(
    r"(?:orders?|users?|tickets?|customers?|clients?|transactions?|requests?|sessions?|process|device|products?|items?|cases?"
    r"|accounts?|bookings?|members?|employees?|players?|games?|teams?|channels?|servers?"
    r"|objects?|files?|pages?|posts?|comments?|videos?|messages?|events?|batch|build|job|task|row|record|article|invoice"
    r"|tracking|shipment|payment|reference|part|serial|model|vendor|chip|app|group|bestell|kunden|auftrags)[ -]$",
    re.IGNORECASE,
)


#: Digits and capital letters enough for a number of a document
_DIGIT = re.compile(r"\d(?:[ ./-]?[A-Z\d]){3}|\d\d[a-z]\d\d")


def numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, name) of numbers that follow the name of a document."""
    for named in matches(text, (NAMES, SHORT), _DIGIT, 70, 2):
        begin = named.end()
        filler = FILLER.match(text, begin)
        value = VALUE.match(text, filler.end() if filler else begin)
        if not value or _NO_VALUE.fullmatch(value.group()) or _WHOSE.search(text[max(0, named.start() - 16) : named.start()]):
            continue
        if named.group() in ("CC", "cc") and value.group().startswith("0"):  # a telephone number, more likely
            continue
        digits = sum(map(str.isdigit, value.group()))
        ambiguous = named.re is SHORT or named.group().casefold() in _AMBIGUOUS
        if digits >= (7 if ambiguous else 4) or (digits >= 2 and re.fullmatch(r"[A-Z\d]{8,12}", value.group())):
            yield (*value.span(), named.group().casefold())
