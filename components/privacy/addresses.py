"""Postal addresses: a street and a number, as they are written in some fifteen languages, and post boxes.

A street and a number alone is a place, and may be anybody's: 10 Downing Street. It is personal where a postcode or a flat
makes it a whole address, or where words tie it to somebody: my address, I live at, deliver to.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from components.privacy.findings import Finding, Findings

KIND = "STREET_ADDRESS"


class _Form(NamedTuple):
    """`street`: street and number; `rest`: what may follow, with a group `whole` where it makes the address complete."""

    street: re.Pattern[str]
    rest: re.Pattern[str]


_NUMBER = r"\d{1,5}(?:\s?[A-Za-z](?![A-Za-z]))?(?:\s?[-/]\s?\d{1,4}[A-Za-z]?)?(?![\w€$%]|[.,:]\d|\s[€$%])"
_UPPER = r"[^\W\d_a-zß-öø-ÿ]"
_WORD = rf"{_UPPER}[\w.'-]{{0,24}}"
_PARTICLE = (
    r"(?:de la |de l'|de los |de las |della |dello |delle |degli |dei |del |dell'|des |du |de |d'|di |da |do |dos |das |la |le "
    r"|les |el "
    r"|los |las |l'|y |e |van |von |der |den |het |ten |ter )"
)
_FLAT = r"(?P<flat>(?:Flat|Unit|Apt|Apartment|Suite|Studio|Level|Shop)\.?\s\w{1,4},?\s)?"
_NAME = rf"(?:{_PARTICLE}){{0,2}}(?:{_WORD}|\d{{1,2}}\.?)(?:[ -](?:{_PARTICLE}){{0,2}}(?:{_WORD}|\d{{1,4}}(?=\s[A-Z]))){{0,4}}"
_ENGLISH = (
    r"(?:[Ss]treet|[Ss]t|[Rr]oad|[Rr]d|[Aa]venue|[Aa]ve|[Ll]ane|[Ll]n|[Dd]rive|[Dd]r|[Bb]oulevard|[Bb]lvd|[Cc]ourt|[Cc]t"
    r"|[Pp]lace|[Pp]l|[Ss]quare"
    r"|[Ss]q|[Ww]ay|[Tt]errace|[Tt]er|[Cc]rescent|[Cc]res|[Cc]lose|[Hh]ighway|[Hh]wy|[Pp]arkway|[Pp]kwy|[Cc]ircle|[Cc]ir"
    r"|[Tt]rail|[Rr]ow|[Mm]ews"
    r"|[Gg]rove|[Gg]ardens|[Gg]dns|[Pp]arade|[Aa]lley|[Pp]laza|[Ww]alk|[Hh]ill|[Qq]uay|Gate|Green|End|Vale|View|Yard|Park"
    r"|Fields?|Heights|Wharf|Bridge|Point|Ridge|Path|Crossing|Pass|Run|Trace|Marg|Nagar|Salai|Colony|Rise|Turnpike|Loop"
    r"|Esplanade)"
)
_NO_STREET = (
    r"(?:[Tt]he|an?|of|in|on|at|by|to|from|for|with|and|or|[Jj]ust|across|this|that|my|our|your|their|his|her|its|same|next|own"
    r"|down|up|was|were|is|are|one|two|other"
    r"|more|times?|minutes?|hours?|days?|years?|miles?|people|new|old|big|last|first|January|February|March|April|May|June|July"
    r"|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
)
_UNIT = (
    r"(?P<unit>,?\s(?:[Aa]pt|[Aa]partment|[Uu]nit|[Ss]uite|[Ss]te|[Ff]lat|[Ff]loor|[Rr]oom|#|[Aa]pp|[Aa]ppt|[Aa]pto|[Pp]iso"
    r"|[Pp]lanta|[Ii]nt|[Ii]nterno|[Aa]ppartamento|[Aa]partamento|[Pp]uerta|[Bb]loque|[Bb]loco|[Ss]tudio|[Ll]gh|[Bb]us"
    r"|[Ss]cala|lok|m\.|кв|оф|[Dd]aire|[Kk]at)\.?\s?(?:no\.?\s?)?\w{1,6}(?!\w))?"
)
_AREA = rf"(?:,?\s{_WORD}(?:[ -]{_WORD}){{0,3}})"
_ENGLISH_REST = re.compile(
    rf"\.?(?:\s(?:NE|NW|SE|SW|[NSEW]|North|South|East|West)(?!\w))?{_UNIT}(?:{_AREA}{{0,2}}?"
    r"(?P<whole>,?\s(?:[A-Z]{2,3},?\s\d{4,5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}|[A-Z]\d[A-Z]\s\d[A-Z]\d"
    r"|(?:[A-Z]{2}\s)?[A-Z]\d[A-Z]\s?\d[A-Z]\d"
    r"|\d{3}\s?\d{3}|[A-Z]\d{2}\s[A-Z\d]{4}|\d{4})(?!\w)))?"
)
_REST = re.compile(
    rf"{_UNIT}(?P<whole>,?\s(?:[A-Z]{{1,2}}-)?(?:\d{{4,5}}|\d{{3}}\s\d{{2}}|\d{{2}}-\d{{3}}|\d{{4}}-\d{{3}}|\d{{5}}-\d{{3}}"
    rf"|\d{{4}}\s[A-Z]{{2}})(?!\d),?\s"
    rf"{_WORD}(?:[ -]{_WORD}){{0,2}}|,\s{_WORD}(?:[ -]{_WORD}){{0,2}},?\s(?:\d{{4,5}}|\d{{2}}-\d{{3}}|\d{{4}}-\d{{3}}"
    rf"|\d{{5}}-\d{{3}})(?!\d))?"
)
_BOX_REST = re.compile(
    rf"(?P<unit>)??(?:{_AREA}{{0,2}}?(?P<whole>,?\s(?:[A-Z]{{2,3}},?\s\d{{4,5}}(?:-\d{{4}})?|\d{{4,5}}\s{_WORD}"
    rf"|[A-Z]{{1,2}}\d[A-Z\d]?\s\d[A-Z]{{2}})(?!\w)))?"
)
_ALWAYS = re.compile(r"(?P<whole>)(?P<unit>)")


def _compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.,/$€£#-])(?:{pattern})", flags)


FORMS = (
    # 12 Baker Street, 1600 Pennsylvania Ave NW, 5 E 42nd St; any kind of street before a town, a state and a ZIP
    _Form(
        _compiled(
            rf"{_FLAT}{_NUMBER},?\s(?:(?:[NSEW]|North|South|East|West|[NS][EW])\.?\s)?(?:(?!{_NO_STREET}\s)(?:[\w'.-]{{1,24}}"
            rf"|\d{{1,3}}(?:st|nd|rd|th))\s){{1,3}}?{_ENGLISH}(?![\w'])"
        ),
        _ENGLISH_REST,
    ),
    _Form(
        _compiled(
            rf"{_NUMBER}\s(?:{_WORD}\s){{1,3}}{_WORD}(?=,?\s(?:(?:Apt|Suite|Unit|Studio"
            rf"|#)\.?\s\w{{1,6}},?\s)?{_WORD}(?:\s{_WORD}){{0,2}},\s[A-Z]{{2}},?\s\d{{5}})"
        ),
        _ENGLISH_REST,
    ),
    # Hauptstraße 5, Berliner Allee 12a, Kerkstraat 12, Storgatan 4 B, Bygade 7, Mannerheimintie 5
    _Form(
        _compiled(
            rf"(?:{_WORD}[ -]){{0,2}}(?:{_UPPER}[\w'-]{{1,28}}(?:straße|strasse|str\.|str|weg|allee|platz|gasse|ring|damm|ufer"
            rf"|chaussee|markt|steig|stieg|pfad"
            r"|hof|graben|berg|promenade|höhe|winkel|wiese|garten|siedlung|zeile|terrasse|straat|laan|plein|gracht|kade|singel"
            r"|dijk|dreef|steenweg|baan|steeg|pad"
            r"|plantsoen|veld|park|gatan|vägen|gränd|stigen|torget|backen|plan|allén|gårdsvägen|gade|vej|allé|plads|bakken"
            r"|parken|toften|vænget|lunden|gata|veien"
            r"|vegen|plassen|plass|svingen|haugen|katu|tie|kuja|polku|rinne|kaari|raitti|tori|väylä|aukio)|(?:Straße|Strasse"
            r"|Str\.|Weg|Allee|Platz|Gasse|Ring|Damm|Ufer|Chaussee|Markt|Vej|Gade|Gate|Straat|Laan|Plein))"
            rf"\s{{1,2}}{_NUMBER}"
        ),
        _REST,
    ),
    _Form(
        _compiled(
            rf"(?:Am|An der|Im|In der|In den|Auf der|Auf dem|Zum|Zur|Unter den|Straße des|Platz der|Platz des) (?:{_WORD}"
            rf"|\d{{1,2}}\.)(?: {_WORD}){{0,2}} {_NUMBER}"
        ),
        _REST,
    ),
    # 12 bis, rue de la Paix
    _Form(
        _compiled(
            r"\d{1,4}(?:\s?(?:bis|ter|quater|[A-D]))?,?\s(?:[Rr]ue|[Aa]venue|[Aa]v\.|[Bb]oulevard|[Bb]oul\.|[Bb]d|[Pp]lace"
            r"|[Pp]l\.|[Cc]hemin|[Aa]llée|[Ii]mpasse|[Qq]uai"
            rf"|[Rr]oute|[Cc]ours|[Pp]assage|[Ss]quare|[Ss]entier|[Ff]aubourg)\s{_NAME}"
        ),
        _REST,
    ),
    # Calle Mayor 5, C/ Gran Vía, 12, Via Roma 3, Rua das Flores, 45, ul. Długa 7/3
    _Form(
        _compiled(
            r"(?:[Cc]alle|[Cc]/|[Aa]venida|[Aa]vda\.?|[Aa]v\.|[Pp]laza|[Pp]za\.|[Pp]aseo|[Cc]arrera|[Cc]amino|[Rr]onda"
            r"|[Tt]ravesía|[Gg]lorieta|[Pp]asaje|[Cc]uesta|[Rr]ambla|[Aa]cceso|[Bb]arrio|[Cc]añada|[Cc]arretera|[Ss]endero"
            r"|[Vv]ial|[Pp]asadizo|[Bb]ajada"
            r"|[Aa]lameda|[Cc]allejón|[Uu]rbanización|[Vv]ia|[Vv]iale|V\.le|[Pp]iazza|[Pp]iazzale|[Cc]orso|C\.so|[Vv]icolo"
            r"|[Ll]argo|[Ss]trada|[Cc]ontrada|[Bb]orgo|[Rr]otonda|[Ii]ncrocio|[Ss]tretto|[Cc]anale|[Ss]alita|[Ll]ungomare"
            r"|[Rr]ua|R\.|[Tt]ravessa|[Pp]raça|[Ee]strada|[Rr]odovia|[Bb]eco|[Ll]adeira|[Pp]arque|[Cc]ampo|[Jj]ardim|[Vv]ila"
            r"|[Vv]iela|[Ll]oteamento|[Cc]onjunto|[Rr]esidencial|[Ss]etor|[Mm]orro|[Pp]assarela|[Qq]uadra|[Ss]ítio|[Ff]azenda"
            r"|[Cc]ondomínio|[Cc]olônia|[Ll]agoa|[Vv]ale|[Vv]iaduto|[Ff]eira|[Rr]ecanto|[Tt]revo|[Aa]eroporto|[Cc]hácara"
            r"|[Ee]splanada|[Uu]l\.|[Uu]lica|[Uu]licy|[Aa]l\.|[Aa]leja|[Aa]lei|[Pp]l\.|[Pp]lac|[Oo]s\.|[Oo]siedle"
            rf"|[Uu]lice|[Ss]tr\.|[Bb]ulevardul|[Cc]alea|[Tt]rg)\s?{_NAME}(?:,\s?|\s)(?:n[.º°o]{{1,2}}\s?|num\.?\s?|nr\.?\s?"
            rf"|no\.?\s?)?{_NUMBER}"
        ),
        _REST,
    ),
    # ул. Ленина, д. 5, кв. 12
    _Form(
        _compiled(
            r"(?:ул\.|улица|улице|пр\.|просп\.|проспект\w?|пер\.|переулок|бульв\.|бульвар|наб\.|шоссе|пл\.|площадь|вул\."
            r"|вулиця)\s?[^\W\d_][\w.-]{0,24}"
            r"(?:\s[^\W\d_][\w.-]{0,24}){0,2},?\s?(?:д(?:ом)?\.?\s?"
            r"|буд\.\s?)?\d{1,4}(?:/\d{1,4})?[^\W\d_]?(?!\w)(?:,?\s(?:корп?|стр)\.?\s?\d{1,3})?(?:,?\s(?:кв|оф)\.?\s?\d{1,4})?",
            re.IGNORECASE,
        ),
        _ALWAYS,
    ),
    # Atatürk Caddesi No: 5
    _Form(
        _compiled(
            rf"(?:{_WORD}\s){{1,3}}(?:Caddesi|Cad\.|Cd\.|Sokak|Sokağı|Sok\.|Sk\.|Bulvarı"
            rf"|Blv\.)[\s,]{{1,2}}(?:No\s?[:.]?\s?)?\d{{1,4}}(?:/\d{{1,4}})?(?!\w)"
        ),
        _ALWAYS,
    ),
    # 〒106-6108 東京都港区六本木6-10-1, 北京市朝阳区建国路88号
    _Form(
        re.compile(
            r"(?:〒\s?\d{3}-\d{4}\s?)?(?:[\u4e00-\u9fff]{2,4}[都道府県]"
            r"|[\u4e00-\u9fff]{2,3}[省市])[\u3040-\u30ff\u4e00-\u9fff]{1,20}\d{1,4}(?:(?:-|丁目|番地|号|路|弄|號)\d{0,4}){0,3}"
        ),
        _ALWAYS,
    ),
    # P.O. Box 123, Postfach 12 34
    _Form(
        re.compile(
            r"(?<!\w)(?:p\.?\s?o\.?\s?box|post office box|postfach|boîte postale|b\.p\.|apartado de correos|apdo\."
            r"|casella postale|postbus|caixa postal|skrytka pocztowa|а/я)"
            r"\s(?:n[.º°o]{1,2}\s?)?\d{1,6}(?:\s\d{2})?(?!\w)",
            re.IGNORECASE,
        ),
        _BOX_REST,
    ),
)
#: Words that tie a place to somebody. The group `asks`: a question after somebody, as in a quiz
SOMEBODYS = re.compile(
    r"(?<![^\W_])(?:address\w{0,3}|(?P<asks>(?:who|what \w{1,20}|which \w{1,20}) )?(?:live[sd]?|living|resid(?:e[sd]?|ing)"
    r"|stay(?:s|ed|ing)?) (?:at|in|on)|residence|domicile"
    r"|mov(?:e[sd]?|ing) (?:to|from|in)|ship\w{0,5}|deliver\w{0,3}|send|sent|mail\w{0,3}|post(?:ed)? (?:it )?to|parcel|package"
    r"|pick (?:it |me )?up|courier"
    r"|my (?:home|house|flat|apartment|place|street|old place|new place)|our (?:home|house|flat|apartment|office|street)|home"
    r"|invoice (?:it )?to|technician|come to"
    r"|adress\w{0,3}|anschrift\w{0,2}|wohn\w{0,5}|wohnhaft|zieh\w{0,3}|umgezogen|gezogen|umzug|liefer\w{0,6}|schick\w{0,3}"
    r"|geschickt|send\w{0,5}|zustell\w{0,4}|zugestellt|paket"
    r"|habit\w{0,5}|demeur\w{0,4}|domicili\w{0,4}|livr\w{0,7}|envoy\w{0,4}|déménag\w{0,4}|colis|dirección|domicilio"
    r"|viv[oei]\w{0,4}|envi\w{0,5}|enví\w{0,3}|entreg\w{0,4}|mud\w{0,6}"
    r"|indirizzo|abit\w{0,5}|residente|sped\w{0,6}|consegn\w{0,6}|trasferit\w|adres\w{0,3}|woon\w{0,4}|woont|verhui\w{0,5}"
    r"|bezorg\w{0,4}|lever\w{0,5}|stuur\w{0,3}|bracht|pakket"
    r"|endereço|mor[oa]\w{0,4}|envie\w?|mieszka\w{0,4}|wys[łśy]\w{0,4}|dostaw\w{0,3}|dostarcz\w{0,4}|paczk\w|bor|flytt\w{0,5}"
    r"|skicka\w{0,2}|leverans|leverer\w{0,2}|sende?r?|osoite\w{0,4}|asun"
    r"|адрес\w{0,3}|жив\w{1,4}|проживаю|достав\w{1,6}|отправ\w{1,6}|переехал\w?|adres\w{0,5}|gönder\w{0,6}"
    r"|oturuyor\w{0,4})(?![^\W_])|住所|地址|주소|पता",
    re.IGNORECASE,
)
#: Right after words that name an address, any name with a number is one: Sonnenhöhe 4, Lote Azul, 12, 7 The Old Mill
ADDRESSED = re.compile(
    r"(?i:(?<![^\W_])(?<!mail )(?<!ip )(?<!web )(?:address\w{0,3}|adress\w{0,3}|anschrift|adres\w{0,2}|indirizzo|dirección"
    r"|domicilio|endereço|osoit\w{1,6}|wohnhaft|wohne?n?|(?<=I )live|(?<=we )live"
    r"|(?<=I )moved|(?<=we )moved|habit\w{1,4}|demeur\w{1,4}|domicilié\w?|vivo|vivimos|viven|abito|abitiamo|residente|woont?"
    r"|wonen|wohnt|moro|moramos|mieszkam\w?|mieszkamy|bor|asun|asumme|адрес|живу|livrer|livraison"
    r"|entregar|spedire|bezorgen|zugestellt)(?![^\W_])"
    r"[\s:,=('\"-]{0,3}(?:(?:is|was|now|ist|lautet|jetzt|est|es|è|é|är|er|on|to|at|in|im|der|dem|die|an|nach|au|à|a|en|na|no|op"
    r"|te|på|is nu|nu|now at|de|la|el|il|o|os|pod|przy|jest"
    r"|в|на|changed to)[\s:,=('\"-]{1,3}){0,3})"
    rf"(?P<address>(?:(?:{_PARTICLE}){{0,2}}(?!{_NO_STREET}\s){_WORD}(?:[ -](?:{_PARTICLE}){{0,2}}{_WORD}){{0,4}}(?:,\s?"
    rf"|\s)(?:n[.º°o]{{1,2}}\s?|nr\.?\s?|no\.?\s?)?{_NUMBER}(?!\s{_NO_STREET}(?!\w))|\d{{1,5}}[A-Za-z]?,?\s(?!(?:Jan|Feb|Mar"
    rf"|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)){_WORD}(?:[ -]{_WORD}){{1,3}}))"
)
_BEFORE, _AFTER = 60, 34


def find(text: str) -> Findings:
    """Every postal address in a normal text."""
    if not any(map(str.isdigit, text)):
        return
    for form in FORMS:
        for match in form.street.finditer(text):
            rest = form.rest.match(text, match.end())
            complete = bool(match.groupdict().get("flat")) or (
                rest is not None and (rest["whole"] is not None or rest["unit"] is not None)
            )
            if complete or _is_somebodys(text, match.start(), match.end()):
                end = rest.end() if rest and complete else match.end()
                while text[end - 1] in " ,.":
                    end -= 1
                yield Finding(match.start(), end, KIND, rank=4)
    for match in ADDRESSED.finditer(text):
        start, end = match.span("address")
        rest = _REST.match(text, end)
        yield Finding(start, rest.end() if rest else end, KIND, rank=5)


def _is_somebodys(text: str, start: int, end: int) -> bool:
    before = re.split(r"[!?\n]|\.\s(?=[A-Z])", text[max(0, start - _BEFORE) : start])[-1]
    after = re.split(r"[.!?\n]", text[end : end + _AFTER], maxsplit=1)[0]
    return any(not match["asks"] for part in (before, after) for match in SOMEBODYS.finditer(part))
