"""Words that say that somebody was born, in some sixty languages: verbs in all persons, the fields of forms, abbreviations."""

from __future__ import annotations

import re

_WORDS = (
    # English
    r"born(?: on)?(?! (?:after|before|between|since|until))|birth\s?-?dates?|birth\s?days?|dates? of birth"
    r"|d\.?\s?o\.?\s?b|yob/dob|b\.|bday"
    r"|b-day|b/day|birth (?:dt|day|date|registered)|(?:came|come|coming|brought) into (?:the|this) world|saw the light of day"
    # German, Luxembourgish
    r"|geboren\w{0,2}(?: am| op)?|geb|geb\.?\s?-?(?:dat|datum|am|tag)|geburts(?:datum|tag\w{0,3}|daten|tage?|dat)|gebuer"
    r"|gebuertsdatum"
    r"|k[ao]m\w{0,2} zur welt|zur welt (?:ge)?k[ao]m\w{0,4}|zur welt(?=\s?\Z)|auf die welt (?:ge)?k[ao]m\w{0,4}"
    r"|das licht der welt"
    # French
    r"|né\(?e?\)?s?(?: le)?|née?s?(?:\(e\))?(?: le)?|dates? de naiss(?:ance)?|date naiss|naiss(?:ance)?|anniversaire"
    r"|d\.?d\.?n"
    r"|nais(?:sais|quit|quis)|nacquit|(?:venue?s?|vint|vins|vient) au monde|vu le jour"
    # Spanish, Catalan, Galician, Basque
    r"|nacid[oa]s?(?: el)?|nací(?: el)?|nació(?: el)?|naci[oó]|nac(?:ieron|imos|iste)|f(?:echa|ec"
    r"|ch)?[./]{0,2}\s?(?:de )?nac(?:imiento|im|to)?"
    r"|nacim(?:iento)?|nac\.|cumpleaños|(?:mi|su|tu) cumple|cumple:|(?:vino|vine|vinieron|llegó|llegué) al mundo"
    r"|natalicio|nascut|nascuda|nascuts|naixement"
    r"|data de naixement|vaig néixer|va néixer|neix|nacemento|nacín|naceu|jaiotze\s?-?\s?(?:data|eguna)|jaioa"
    r"|jaio nintzen|jaio"
    # Italian, Portuguese, Romanian
    r"|nat[oaie](?:/[ao])?(?: il| l')?|nat[oa]\(?[ao]?\)?|data (?:di )?nasc(?:ita)?|nascit[ae]|nacque|nacqui|compleanno"
    r"|genetliaco"
    r"|(?:venut[oaie]|venne|venni) al mondo|nasc(?:id[oa]s?|i|eu|eram|emos)(?:\(a\))?(?: em| a| no dia)?|nascimento|nasc"
    r"|d(?:ata|t)?\.?\s?(?:de )?nasc(?:imento)?"
    r"|d\.\s?n\.|aniversário|(?:veio|vim) ao mundo|n[aă]scut[aăi]?\w{0,2}|n[aă]sc|data na[sșş]terii|dat[ae] de na[sșş]tere"
    r"|ziua (?:mea |sa )?de na[sșş]tere|na[sșş]tere|nastere"
    # Dutch, Afrikaans, Frisian
    r"|geboorte\s?-?(?:datum|dag|dat)|geb\.?\s?dat|geboren|gebore|geboortedag|verjaardag|ter wereld gekomen|jierdei"
    # Polish, Czech, Slovak, Slovene, Croatian
    r"|urodzon[yaei]|urodzi(?:ł\w{0,5}|l[aie]?m?|liśmy)|data ur(?:odz(?:enia)?|\.)?|urodzenia|urodzin\w{0,3}|ur[.:]"
    r"|ur(?=\s\d)|przysz\w{2,5} na świat"
    r"|naroz(?:en\w{0,2}|eniny)|narozen[ýá]|nar[.:]|nar(?=\s\d)|datum nar(?:ození|odenia|\.)?|narození|narod(?:il\w{0,2}"
    r"|en[ýáéí]\w?|eni[ena]|eniny)|dátum narodenia"
    r"|přiš\w{1,4} na svět|priš\w{1,4} na svet"
    r"|rođen\w{0,2}|rođendan\w?|rođenja|rođ|roden\w?|rodi(?:o|la|li)(?: se)?|rodil\w{0,2}(?: se)?|datum rođenja"
    r"|došao na svijet|došla na svijet"
    r"|rojen\w{0,2}|rojstva|rojstni dan|roj\.|lindur|u lind\w{0,2}|lindi|lindjes?|dat[eë]lindja|ditëlindja"
    # Hungarian, Finnish, Estonian, the north, the Baltic
    r"|szület\w{1,8}|szül|világra (?:jöt\w{1,4})|synt|syntyn\w{1,5}|syntyi\w{0,3}|synnyi\w{1,3}|syntymä\w{0,10}|sündin\w{0,3}"
    r"|sünd(?:isin|is)?|sünni(?:kuupäev|aeg|päev|aasta)\w{0,2}|födelse(?:datum|dag|tid)\w{0,2}|född\w{0,3}|föd|föddes"
    r"|född den"
    r"|fødsels(?:dato|dag|tid)\w{0,2}|fødsdato|født?|fødd(?:e|es|ur)?|fødtes|f\.\s?d|kom til verden|kom till världen"
    r"|fæðingar(?:dagur|dag|dags|ár)"
    r"|fædd(?:ur|ist|ist þann)?|fæddist|fætt|føðingardagur|føddur"
    r"|dzim(?:is|usi|ušais|ušās|ām|šanas(?: datums| diena)?|š)?|gim(?:ęs|usi|iau|ė|imo(?: data| diena)?|tadienis)?"
    # Celtic, Maltese
    r"|dáta breithe|rugadh|(?:dyddiad )?geni|ganwyd|ganed|data tat-twelid|twelid\w{0,2}|twieled\w{0,3}"
    # Turkish, Azeri, Uzbek
    r"|doğum(?:\s?-?\s?(?:tarihi\w{0,2}|günü\w{0,2}|tar|g))?|doğumlu\w{0,4}|doğdu\w{0,2}|doğmuş\w{0,4}|dogum tarihi"
    r"|dogumlu|d\.\s?t(?:ar(?:ihi)?)?|dünyaya gel\w{1,5}"
    r"|anadan ol\w{1,4}|təvəllüd\w{0,2}|doğulmuş\w{0,4}|doğum tarixi|tug'ilgan(?: sana(?:m|si))?"
    # Cyrillic
    r"|роди(?:л\w{0,4}|вш\w{2,4})|рожд(?!еств)\w{0,7}|дата рожд(?:ения)?|д\.\s?р|г\.\s?р|д/р|р\.\s?н|г/р"
    r"|урожд[её]н\w{0,3}|урожен(?:ец|к\w)|появи\w{2,4} на свет"
    r"|народи\w{0,5}|народж\w{2,6}|дата нар(?:одж(?:ення)?)?|нар\.|роден\w{0,2}|роди (?:се|сам)|рођ(?:ен\w{0,2}|ења"
    r"|ендан)?|раждане|раѓање"
    r"|родени\w?|нарадзі\w{2,5}|нараджэн\w{1,3}|туған(?: күні\w?)?|төрсөн|день рождения|день народження|рожден ден"
    # Greek
    r"|γεννήθηκ\w{1,4}|γεννηθ\w{1,6}|γεννημέν\w{1,3}|γέννησ\w{1,3}|γεννήσεως|γεν|γενέθλι\w{1,2}|ημ(?:ερομηνία|/νία"
    r"|/ν[ίι]α|ν[ίι]α)?\.? γ[εέ]νν[ηή]σ\w{1,4}|ημ\.?\s?γεν"
    # Asia and Africa in Latin letters
    r"|(?:tanggal|tgl|tarikh|tempat)\.? lahir|lahir\w{0,2}|kelahiran|dilahirkan|ttl|ipinanganak|kaarawan|kapanganakan"
    r"|sinh ngày|ngày sinh"
    r"|ngay sinh|sinh (?:năm|vào)|n\.?sinh|jan[a]?m\s?-?\s?(?:tithi|din|tarikh|dinam|date|hua|tareekh|dinank)|janam"
    r"|janma?din|paida (?:hua|hui|huyi|hue)"
    r"|paidaish|(?:tarikh|tareekh)[- ]e[- ](?:paidaish|pedaish)|pirandh?a (?:thedhi|naal)|nilizaliwa|alizaliwa|kuzaliwa"
    r"|amezaliwa"
)
_ANYWHERE = (
    r"生年月日|生まれ|うまれ|誕生日|誕生|出生|生日|生于|生於|생년월일|생일|태어|출생|जन्म|জন্ম|જન્મ|ਜਨਮ|பிறந்த|పుట్టిన|జన్మ|ಜನ್ಮ|ಹುಟ್ಟಿದ|ജനന|ജനിച്ച|ଜନ୍ମ|උපන්"
    r"|נולד|יליד[תי]?(?=\s)|(?<!חופשת )לידה|יום הולדת|ת\.\s?ל|תאריך לידה|تاريخ (?:ال)?ميلاد|(?:يوم|عيد) ميلاد[يهك]"
    r"|ميلاده?ا?(?=\s?[:\d])|مواليد|مولود|الولادة|وُلدت?(?=\s)|ولدت?\s(?:في|بتاريخ|يوم|عام)|متولد|تولد|زادروز"
    r"|به دنیا آمد|پیدائش|วันเกิด|เกิดวันที่|(?:ผม|ฉัน|ลูก|เขา|เธอ|แม่|พ่อ)เกิด|မွေး|ថ្ងៃ(?:ខែឆ្នាំ)?កំណើត|ວັນເກີດ|დაბად"
    r"|ծննդ|ծնվ|ծնունդ|የትውልድ|የተወለ"
    r"|birth_?\s?(?:date|day|dt)|date_?of_?birth|geburts|naissance|nacimiento|nascimento|nascita|fecha_?nac|data_?nasc"
    r"|date_?naiss|geboorte"
    r"|\*\s?\Z|(?<![^\W_])f\.\s?\Z"
)
NAMING = re.compile(rf"(?<![^\W_])(?:{_WORDS})(?![^\W_])|{_ANYWHERE}", re.IGNORECASE)
#: Right after a date: 11.12.1993 г.р., 1963.03.13생, 1990年3月3日生
AFTER = re.compile(
    r"[\s,(]{0,3}(?:(?:г(?:\.|ода)?\s?(?:р\.|рожд)|р\.\s?н|д\.\s?р|года рожд|року народж)|년?\s?생(?!산|성|활|각|긴|존|명)"
    r"|生(?![成産产活效命存徒涯])"
    r"|(?:ur|geb|nar|roj|rođ|szül|gim|dzim|synt|sünd|född)\.(?![^\W_])|d\.?\s?o\.?\s?b|doğ(?:\.|umlu)|date of birth"
    r"|birth date)",
    re.IGNORECASE,
)
#: Days that come back each year
BIRTHDAYS = (
    r"(?:birth\s?days?|b-?day|geburtstag|cumpleaños|compleanno|aniversário|anniversaire|verjaardag|urodziny|födelsedag"
    r"|fødselsdag"
    r"|narozeniny|narodeniny|rođendan|rojstni dan|születésnap\w{0,3}|syntymäpäivä\w{0,2}|sünnipäev|dzimšanas diena"
    r"|gimtadienis"
    r"|afmæli|ziua de na[sșş]tere|doğum günü\w{0,2}|день рождения|день народження|рожден ден|γενέθλια|sinh nhật|ulang tahun)"
)
#: One of these is in each of them
BIRTHDAY_HINTS = (
    "birth", "day", "geburt", "cumple", "complean", "anivers", "annivers", "verjaardag", "urodziny", "dag", "naro", "rođendan",
    "rojstni", "születés", "syntymäp", "sünnip", "dzimšanas", "gimtad", "afmæli", "ziua", "doğum", "рожд", "народж", "γενέθ",
    "sinh", "ulang", "生日", "誕生日", "생일",
)  # fmt: skip
