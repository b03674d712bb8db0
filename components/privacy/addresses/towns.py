"""Postcodes and towns, as they stand in an address, and the names of states and countries that may follow."""

from __future__ import annotations

import re

from components.privacy.addresses.parts import UPPER

_STATES = (
    r"(?:A[LKZR]|C[AOT]|D[EC]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]"
    r"|A[EP]|GU|VI)"
)
_STATE_NAMES = (
    r"(?:Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois"
    r"|Indiana|Iowa"
    r"|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada"
    r"|New (?:Hampshire|Jersey|Mexico|York)|(?:North|South) (?:Carolina|Dakota)|Ohio|Oklahoma|Oregon|Pennsylvania"
    r"|Rhode Island"
    r"|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming)"
)
_PROVINCES = r"(?:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT|\(?Qu[ée]bec\)?|Ontario|Alberta|British Columbia|Manitoba|Nova Scotia)"
_AUSTRALIA = r"(?:NSW|VIC|QLD|SA|WA|TAS|NT|ACT|Victoria|Queensland|New South Wales|Tasmania|South Australia|Western Australia)"
_SMALL = (
    r"(?:[ -](?:am|an der|in der|im|bei|ob der|a\.\s?d\.|i\.\s?d\.|de|del|della|do|da|dos|la|le|les|el|sur|sous|lès|en|in"
    r"|bij|di|upon|on|nad|pod|při|pri|ob|na|u|v|y|e|aan den|aan de|op|the))"
)
_NAME = rf"{UPPER}(?:[^\W\d_]|['-]|\.(?!\s)){{0,24}}\.?(?![\w])"
#: After digits these are counted
_COUNTED = (
    r"(?:Stück|Euros?|Uhr|Meter|Kilometer|Kunden|Personen|Leute|Menschen|Zeilen|Seiten|Mal|Punkte|Tage|Stunden|Minuten"
    r"|Sekunden|Watt|Liter"
    r"|Gramm|Units|Items|Pieces|People|Users|Rows|Lines|Pages|Points|Dollars|Besucher|Teilnehmer|Mitarbeiter|Einheiten"
    r"|Artikel|Volt|Bytes)"
)
_FIRST = rf"(?!{_COUNTED}(?!\w)){UPPER}(?:[^\W\d_]|['-]|\.(?!\s)){{1,24}}\.?(?![\w])"
TOWN = (
    rf"(?:'s-|(?:г|м|с|п|гр|пгт|місто"
    rf"|город)\.\s?)?{_FIRST}(?:(?:{_SMALL}){{0,2}}\s?[ /]\s?{_NAME}){{0,3}}(?:\s\([^\W\d_][\w .-]{{0,20}}\))?(?:\s(?:\d{{1,2}}"
    rf"|[IVX]{{1,5}}\.?)(?![\w.,-]\w|\w))?"
)
_PREFIX = (
    r"(?:(?:D|A|CH|B|F|I|E|P|S|N|L|H|J|SE|DK|FI|FIN|NO|LT|LV|EE|HR|SI|SK|CZ|PL|RO|BG|GR|HU|DE|AT|FR|IT|NL|BE|PT|ES|UA|RU"
    r"|IS|LU)-)"
)
_LABEL = r"(?:(?:CEP|C\.P\.|CP|CAP|PLZ|PIN|Pin ?code|ZIP|Τ\.?Κ\.?|T\.?K\.?|PSČ|邮编|邮政编码)[:.]?\s?)?"

#: Wider than the letters that are given out: people mistype them
UK = r"(?:[A-Za-z]{1,2}\d[A-Za-z\d]?\s?\d[A-Za-z]{2})"
IRISH = r"(?:(?:[A-Z]\d\d|D6W)\s?(?=[A-Z]{0,3}\d)[0-9A-Z]{4})"
CANADA = r"(?:[A-Z]\d[A-Z]\s?\d[A-Z]\d)"
#: Postcodes that hardly anything else looks like, with what stands around them
_STRONG = (
    rf"(?:{_STATES}|(?i:{_STATES})|{_STATE_NAMES}),?\s\d{{5}}(?:-\d{{4}})?",
    rf"(?:{TOWN},?\s)?{UK}",
    rf"(?:{TOWN},?\s)?{IRISH}",
    rf"(?:{_PROVINCES},?\s)?{CANADA}",
    rf"{_PREFIX}\d{{4,5}}\s{TOWN}|(?:SE|GR|CZ|SK)-\d{{3}}\s\d\d\s{TOWN}",
    rf"\d{{4}}\s?[A-Z][A-Za-z],?\s{TOWN}",
    rf"{TOWN},\s[A-Z]{{2,4}}\.?,?\s\d{{5}}(?:-\d{{4}})?|[A-Z]{{2,4}}\s\d{{5}}-\d{{4}}|{TOWN},?\s\d{{5}}-\d{{4}}",
    rf"\d\d-\d{{3}}\s{TOWN}|\d{{4}}-\d{{3}}\s{TOWN}|{TOWN},?\s(?:\d\d-\d{{3}}|\d{{4}}-\d{{3}})(?!\s{UPPER})",
    rf"{_LABEL}\d{{5}}-\d{{3}}(?:\s{TOWN})?|(?:CEP|C\.P\.|CAP|PIN)[:.]?\s?\d{{5,6}}(?:-\d{{3}})?(?:,?\s{TOWN})?",
    rf"{_AUSTRALIA},?\s\d{{4}}",
    rf"{TOWN},?\s[A-Z]{{3}}\s\d{{4}}",
    rf"[A-HJ-NP-Z]\d{{4}}[A-Z]{{3}}(?:,?\s{TOWN})?",
    r"Singapore\s\d{6}|S\s?\(\d{6}\)|LV-\d{4}|LT-\d{5}|AD\d{3}(?:\s[A-Z][\w' -]{2,30})?|APO,?\sA[AEP]\s\d{5}"
    r"|FPO,?\sA[AEP]\s\d{5}",
)
#: Numbers that only their neighbours make postcodes
_WEAK = (
    rf"{_LABEL}\d{{3}}\s\d\d\s{TOWN}",
    rf"{_LABEL}(?:\d{{4,6}}|\d{{8}}),?\s{{1,2}}{TOWN}|\d{{7}}\s[א-ת][א-ת'\" -]{{1,20}}|\d{{7}},?\s{TOWN}",
    rf"[A-HJ-NP-Z]\d{{4}},?\s{TOWN}|[A-Z]{{3}}\s\d{{4}},?\s{TOWN}|\d{{10}},?\s{TOWN}",
    r"\d{3}\s(?:Reykjav|Kópavog|Hafnarfj|Akureyri|Garðabæ|Mosfellsbæ|Selfoss|Keflavík|Akranes)\w{0,8}",
    rf"{TOWN}(?:\s|\s?-\s?|\s\d\s)(?:\d{{3}}\s\d{{2,3}}|\d{{4,7}}|\d{{3}}-\d{{4}})",
    rf"{TOWN},\s(?:\d{{3}}\s\d{{2,3}}|\d{{4,7}}|\d{{3}}-\d{{4}})(?!\s{UPPER})",
)
_END = r"(?![\w]|[.,-]\d)"
STRONG = re.compile(rf"(?:{'|'.join(_STRONG)}){_END}")
POST = re.compile(rf"(?:{'|'.join((*_STRONG, *_WEAK))}){_END}")
BARE = re.compile(r"(?:\d{3}\s\d{2,3}|\d{4,7}|\d{3}-\d{4})(?!\w|[.,:-]\d)")
#: Where a postcode could be: quick to find
EXACT = re.compile(rf"(?<![\w-])(?:{UK}|{IRISH}|{CANADA})(?!\w)")
YEAR = re.compile(r"(?:19|20)\d\d(?!\d)")
TOWNS = re.compile(TOWN)
REGION = re.compile(
    r"\(?(?:USA|U\.S\.A\.|US|United States(?: of America)?|Canada|UK|U\.K\.|United Kingdom|England|Scotland|Wales"
    r"|Northern Ireland|Ireland"
    r"|Éire|Australia|New Zealand|India|Pakistan|Bangladesh|Sri Lanka|Singapore|Malaysia|Indonesia|Philippines|Thailand"
    r"|Vietnam|Việt Nam"
    r"|Japan|South Korea|Korea|China|P\.?R\.? China|Taiwan|Hong Kong|Kowloon|Germany|Deutschland|Austria|Österreich"
    r"|Switzerland"
    r"|Schweiz|Suisse|Svizzera|France|Belgium|Belgique|België|Netherlands|The Netherlands|Nederland|Luxembourg|Spain|España"
    r"|Portugal"
    r"|Italy|Italia|Greece|Ελλάδα|Turkey|Türkiye|Poland|Polska|Czech Republic|Czechia|Česko|Slovakia|Slovensko|Hungary"
    r"|Magyarország"
    r"|Romania|România|Bulgaria|България|Croatia|Hrvatska|Slovenia|Slovenija|Serbia|Srbija|Sweden|Sverige|Norway|Norge"
    r"|Denmark"
    r"|Danmark|Finland|Suomi|Iceland|Ísland|Estonia|Eesti|Latvia|Latvija|Lithuania|Lietuva|Russia|Россия|Ukraine|Україна"
    r"|Israel"
    r"|UAE|U\.A\.E\.|United Arab Emirates|Dubai|Abu Dhabi|Saudi Arabia|Egypt|South Africa|Nigeria|Kenya|Ghana|Brazil|Brasil"
    r"|Mexico|México"
    r"|Argentina|Chile|Colombia|Perú|Peru|Ecuador|CDMX|Regi[oó]n (?:de |del )?\w{3,20}(?: \w{3,20})?|[A-Z]{2}|N\.L\."
    r"|Yuc\.)\)?(?!\w)"
)
#: A state, a province or a county of two letters: MI, SP, DF
SHORT = re.compile(r"\(?[A-Z]{2}\)?(?!\w)")
#: Words that end an address though they begin with a capital letter
NO_TOWN = re.compile(
    r"(?:Thank\w{0,3}|Thx|Please|Pls|Regards|Best|Kind|Many|Hello|Hi|Dear|Bitte|Danke|Vielen|Viele|Mit|Grüße|Gruß|Merci"
    r"|Cordialement"
    r"|Gracias|Saludos|Por|Grazie|Cordiali|Obrigad\w|Bedankt|Groet\w{0,4}|Dzięk\w{0,4}|Proszę|Tack|Tak|Kiitos|Спасибо"
    r"|Tel(?! Aviv)|Telefon\w?|Phone"
    r"|Mobile?|Fax|E-?mail|Mail|Order|Ticket|Invoice|Rechnung|Bestell\w{0,8}|My|I|I'm|We|It|The|This|That|And|But|So|If|When"
    r"|Is|Can"
    r"|Could|Would|Ich|Wir|Es|Das|Die|Der|Und|Aber|Je|Nous|Il|Et|Yo|Y|Pero|Attn|Date|From|To|On|At|In|No|Not|Yes|Subject|Ref"
    r"|Re)(?!\w)"
)
