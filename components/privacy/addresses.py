"""Postal addresses: a street and a number, in the order and with the words of some fifteen languages; post boxes."""

from __future__ import annotations

import re

from components.privacy.findings import Finding, Findings

KIND = "STREET_ADDRESS"

_NUMBER = r"\d{1,5}(?:\s?[A-Za-z](?![A-Za-z]))?(?:\s?[-/]\s?\d{1,4}[A-Za-z]?)?"
_CAP = r"[^\W\d_a-zà-ÿ][\w.'’-]{0,24}"  # a word that begins with a capital
_ORDINAL = r"\d{1,3}(?:st|nd|rd|th)"
_UNIT = (
    r"(?:,?\s(?:apt|apartment|unit|suite|ste|flat|floor|fl|room|rm|#|app|appt|apto|piso|planta|int|interno|scala|lok|m\.|kv|кв|daire|kat)\.?\s?"
    r"(?:no\.?\s?)?\w{1,6}(?!\w))?"
)
_STREET = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Way|Terrace|Ter|Crescent|Cres|Close|Highway|Hwy"
    r"|Parkway|Pkwy|Circle|Cir|Trail|Trl|Row|Mews|Grove|Gardens|Gdns|Parade|Pde|Alley|Plaza|Turnpike|Loop|Walk|Hill|Quay|Esplanade|Heights|Nagar|Marg"
    r"|Salai|Colony|Cross|Rise|View|Green|Park|Vale|Wharf|Point|Creek|Ridge|Run|Path|Pike|Bypass|Fields?|Gate|Glen|Meadows?|Mill|Mount|Oval|Views?"
    r"|Causeway|Broadway|Fort|Forge|Garden|Harbor|Hollow|Island|Junction|Key|Knolls?|Lakes?|Landing|Manor|Orchard|Pass|Pines?|Plains?|Port|Prairie"
    r"|Ranch|Rapids?|Rest|River|Route|Shoals?|Shores?|Springs?|Spurs?|Station|Stravenue|Stream|Summit|Trace|Track|Tunnel|Union|Valley|Viaduct|Village"
    r"|Ville|Vista|Wall|Wells?|Corner|Course|Cove|Crest|Curve|Dale|Dam|Divide|Estates?|Expressway|Extension|Falls?|Ferry|Flats?|Fords?|Forest|Freeway"
    r"|Haven|Inlet|Isle|Light|Lock|Lodge|Mall|Mission|Motorway|Neck|Overpass|Passage|Bend|Bluffs?|Bottom|Branch|Bridge|Brooks?|Burg|Camp|Canyon|Cape|Center)"
)
_SAINTS = r"(?:de la |de l'|de los |de las |della |dello |delle |degli |dei |del |dell'|des |du |de |d'|di |da |do |dos |das |la |le |les |el |los |las |l'|y |e |van |von |am |an der |der |den |het )"
_LATIN_NAME = rf"(?:{_SAINTS}){{0,2}}[^\W\d_][\w.'-]{{0,24}}(?:[ -](?:{_SAINTS}){{0,2}}[^\W\d_][\w.'-]{{0,24}}){{0,4}}"
_ZIP_US = r"(?:,?\s[A-Z][\w.'-]{1,24}(?:\s[A-Z][\w.'-]{1,24}){0,2})?(?:,?\s(?:[A-Z]{2}\s\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}|[A-Z]\d[A-Z]\s\d[A-Z]\d|[A-Z]{2,3}\s\d{4}))?"
_TOWN = r"(?:,?\s(?:[A-Z]{1,2}-)?(?:\d{4,5}|\d{3}\s\d{2}|\d{2}-\d{3}|\d{4}-\d{3}|\d{5}-\d{3}|\d{4}\s[A-Z]{2})(?!\d)(?:\s[^\W\d_a-zß-ÿ][\w'-]{1,24}(?:[ -][^\W\d_a-zß-ÿ][\w'-]{1,24}){0,2})?)?"

PATTERNS = (
    # 12 Baker Street, 1600 Pennsylvania Ave NW, 5 E 42nd St
    re.compile(
        rf"(?<![\w.,/$€£-])(?:{_NUMBER}),?\s(?:(?:[NSEW]|North|South|East|West|[NS][EW])\.?\s)?(?:(?:{_CAP}|{_ORDINAL})\s){{1,3}}{_STREET}(?![\w'])\.?"
        rf"(?:\s(?:[NSEW]|[NS][EW]|North|South|East|West)(?!\w))?{_UNIT}{_ZIP_US}"
    ),
    # Hauptstraße 5, Am Alten Markt 12a, Straße des 17. Juni 135, Kerkstraat 12, Storgatan 4 B, Bygade 7
    re.compile(
        r"(?<![\w-])(?:[^\W\d_a-zß-ÿ][\w.'-]{0,24}[ -]){0,2}[^\W\d_a-zß-ÿ]?[\w'-]{0,30}"
        r"(?:straße|strasse|str\.|str|Straße|Strasse|Str\.|weg|Weg|allee|Allee|platz|Platz|gasse|Gasse|ring|Ring|damm|Damm|ufer|Ufer|chaussee|Chaussee|markt|Markt"
        r"|steig|stieg|pfad|hof|graben|berg|promenade|straat|laan|plein|gracht|kade|singel|dijk|dreef|plantsoen|steenweg|gatan|vägen|gränd|stigen|torget|gade|vej|allé|gata|veien|vegen|plass"
        rf"|katu|tie|kuja|polku)\s{{1,2}}{_NUMBER}(?!\s?[%€$:]|[\d.,]\d|\w){_TOWN}"
    ),
    re.compile(rf"(?<![\w-])(?:Am|An der|Im|In der|In den|Auf der|Auf dem|Zum|Zur|Unter den|Straße des|Platz der|Platz des) (?:{_CAP}|\d{{1,2}}\.)(?: {_CAP}){{0,2}} {_NUMBER}(?!\s?[%€$:]|[\d.,]\d|\w){_TOWN}"),
    # 12 bis, rue de la Paix
    re.compile(
        rf"(?<![\w.,/$€£-])\d{{1,4}}(?:\s?(?:bis|ter|quater|[A-D]))?,?\s(?:rue|avenue|av\.|ave|boulevard|boul\.|bd|bld|place|pl\.|chemin|ch\.|allée|impasse|quai|route|rte|cours|passage|square|sentier|faubourg|lotissement|résidence)\s{_LATIN_NAME}{_TOWN}",
        re.IGNORECASE,
    ),
    # Calle Mayor 5, C/ Gran Vía, 12, Via Roma 3, Rua das Flores, 45, ulica Długa 7/3, ul. Lenina, d. 5
    re.compile(
        rf"(?<![\w-])(?:calle|c/|cl\.|avenida|avda\.?|av\.|av|plaza|plza\.?|paseo|pº|carrera|cra\.?|camino|ronda|travesía|glorieta|pasaje|cuesta|rambla|vía|alameda|callejón|urbanización"
        rf"|via|viale|v\.le|piazza|p\.zza|piazzale|corso|c\.so|vicolo|largo|strada|contrada|borgo|rotonda|canale|incrocio|stretto"
        rf"|rua|r\.|travessa|praça|estrada|rodovia|beco|largo|ladeira|jardim|viela|quadra|vila"
        rf"|ul\.|ulica|ulicy|al\.|aleja|alei|pl\.|plac|os\.|osiedle|ulice|str\.|strada|bulevardul|bd\.|calea|utca|trg|bul\.)\s?{_LATIN_NAME},?\s(?:n[.º°o]{{1,2}}\s?|num\.?\s?|nr\.?\s?|no\.?\s?|č\.\s?)?{_NUMBER}(?!\s?[%€$]|[.,]\d|\w){_UNIT}{_TOWN}",
        re.IGNORECASE,
    ),
    # ул. Ленина, д. 5, кв. 12
    re.compile(
        r"(?<!\w)(?:ул\.|улица|улице|пр\.|просп\.|проспект|пер\.|переулок|бульв\.|бульвар|наб\.|набережная|шоссе|пл\.|площадь|вул\.|вулиця)\s?[^\W\d_][\w.-]{0,24}(?:\s[^\W\d_][\w.-]{0,24}){0,2},?\s?(?:д(?:ом)?\.?\s?|буд\.\s?)?\d{1,4}(?:/\d{1,4})?[^\W\d_]?(?!\w)"
        r"(?:,?\s(?:корп?|стр)\.?\s?\d{1,3})?(?:,?\s(?:кв|оф|каб)\.?\s?\d{1,4})?",
        re.IGNORECASE,
    ),
    # Atatürk Caddesi No: 5
    re.compile(rf"(?<!\w)(?:{_CAP}\s){{1,3}}(?:Caddesi|Cad\.|Cd\.|Sokak|Sokağı|Sok\.|Sk\.|Bulvarı|Blv\.|Mahallesi|Mah\.)(?:[\s,]{{1,2}}(?:{_CAP}\s){{0,3}}(?:Sokak|Sok\.|Caddesi|Cad\.))?[\s,]{{1,2}}(?:No\s?[:.]?\s?)?\d{{1,4}}(?:/\d{{1,4}})?(?!\w)"),
    # 6-10-1 Roppongi, 東京都港区六本木6-10-1, 〒106-6108
    re.compile(r"(?:〒\s?\d{3}-\d{4}\s?)?(?:[\u4e00-\u9fff]{2,4}[都道府県]|[\u4e00-\u9fff]{2,3}[省市])[\u3040-\u30ff\u4e00-\u9fff]{1,20}\d{1,4}(?:(?:-|丁目|番地?|号|路|弄|號)\d{0,4}){0,3}"),
    re.compile(rf"(?<![\w-])\d{{1,2}}-\d{{1,3}}-\d{{1,3}},?\s{_CAP}(?:[ -]{_CAP}){{0,2}}(?:,\s?{_CAP}){{1,2}}"),
    # P.O. Box 123, Postfach 12 34, Apartado 5, Casella postale 12
    re.compile(
        r"(?<!\w)(?:p\.?\s?o\.?\s?box|post office box|postfach|boîte postale|b\.?p\.|apartado(?: de correos)?|apdo\.?|casella postale|c\.p\.|postbus|caixa postal|skrytka pocztowa|а/я)\s(?:n[.º°o]{1,2}\s?)?\d{1,6}(?:\s\d{2})?(?!\w)",
        re.IGNORECASE,
    ),
)


def find(text: str) -> Findings:
    """Every postal address in a normal text."""
    if not any(map(str.isdigit, text)):
        return
    for pattern in PATTERNS:
        for match in pattern.finditer(text):
            end = match.end()
            while text[end - 1] in " ,.":
                end -= 1
            yield Finding(match.start(), end, KIND, rank=4)
