"""The small parts of an address: words of names, house numbers, and what says which door."""

from __future__ import annotations

import re

#: A capital letter, or one of a script that has none
UPPER = r"[^\W\d_a-zß-öø-ÿα-ώа-џґāăąćčďđēęěėğģīįıķļłńňņőœřśşšșťțūůűųźżžơưạ-ỹ]"
WORD = rf"{UPPER}[\w.'-]{{0,24}}"
PARTICLE = (
    r"(?:de la |de l'|de los |de las |della |dello |delle |degli |dell'|dei |del |des |du |de |d'|di |da |do |dos |das |la "
    r"|le |les "
    r"|el |los |las |l'|y |e |van |von |vom |der |den |dem |het |ten |ter |na |in der |an der )"
)
#: A name: capital words, with particles between them; numbers inside, as in Straße des 17. Juni or 4th Cross
NAME = (
    rf"(?:{PARTICLE}){{0,2}}(?:{WORD}|\d{{1,2}}\.?)(?:[ -](?:{PARTICLE}){{0,2}}(?:(?![A-Z]{{1,2}}-\d){WORD}"
    rf"|\d{{1,4}}(?=\s[A-Z]))){{0,4}}"
)
#: A name in any case: only between words that begin and end it
_PROSE = (
    r"to|in|at|is|are|was|were|be|the|of|and|or|for|on|by|from|with|that|this|it|has|have|had|will|who|which|when|than"
    r"|into|out|no|als|und|ist|auf|mit"
)
ANY_NAME = (
    rf"(?:{PARTICLE}){{0,2}}(?!(?:{_PROSE})\s)[\w'.-]{{1,24}}(?:[ -](?:{PARTICLE}){{0,2}}(?!"
    rf"(?:{_PROSE})\s)[^\W\d_][\w'.-]{{0,24}}){{0,4}}?"
)
_NOT_MORE = r"(?![\w€$%]|[.,:]\d|\s[€$%]|\s(?:\d{3}\s)?(?:kr|zł|Kč|Ft|lei|[Ee]uros?|EUR|USD|GBP|CHF|руб|грн|TL|din)(?!\w))"
#: 5, 12a, 14 bis, 24/26, 103/2/15
NUMBER = (
    r"\d{1,5}(?:[\s-]?(?:bis|ter|quater)(?!\w)|\s?[A-Za-z](?![\w':]|\.\s?\d)(?:\s\d{1,3}(?!\w))?)?"
    rf"(?:\s?[-/+]\s?(?:\d{{1,4}}(?:\s?[A-Za-z](?![\w':]))?|hs(?!\w)|huis|I{{1,3}}(?!\w)|[A-Z](?!\w))){{0,2}}{_NOT_MORE}"
)
#: What stands between a street and its number
NUMBERED = r"(?:,\s?|\s)(?:n[.º°o]{1,2}:?\s?|num\.?\s?|nr\.?:?\s?|č\.\s?|no\.?:?\s?|№\s?|#\s?)?"
#: After a number these begin no street
_NO_STREET = (
    r"[Tt]he|an?|of|in|on|at|by|to|from|for|with|and|or|[Jj]ust|across|this|that|my|our|your|their|his|her|its|same"
    r"|next|own|down|up|was|were|is|are|one|two|other|per|each|more|times?|minutes?|mins?|hours?|days?|weeks?|months?|years?"
    r"|miles?|people|pieces?|new|old|big|last|first|euros?|dollars?|GMT|UTC|CES?T|[EP][SD]T|BST|IST|[Uu]hr|hrs?|pm|am|percent"
    r"|km|kg"
)
MONTHS = (
    r"January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    r"|Sept?|Oct|Nov|Dec"
)
#: The same without months: 21 Jan Smuts Ave
NO_NAME = rf"(?:{_NO_STREET})"
NO_STREET = rf"(?:{_NO_STREET}|{MONTHS})"

_UNIT_WORD = (
    # English, as it is spoken from Dublin to Manila
    r"sector|sect|secteur|apt|apartment|unit|suite|ste|flat|fl|floor|level|room|rm|door|bldg|building|block|blk|tower"
    r"|trlr|lot"
    r"|plot|villa|house|h"
    r"|shop"
    r"|office|studio|penthouse|ward|wing|sco|gate|trailer|slip|dept|spc|space|bsmt"
    # German, Dutch, the north
    r"|app|whg|wohnung|top|stiege|stg|tür|eingang|hinterhaus|haus|etage|stock|bus|bte|boîte|boite|lgh|kv|lph|as|sal|oppg|opg"
    # French, Spanish, Catalan, Portuguese, Italian
    r"|appt|appart|appartement|bât|bat|bâtiment|esc|escalier|porte|étage|ét|résidence|piso|piano|planta|pta|puerta|portal"
    r"|bloque|esc"
    r"|escalera|int|interior|depto|dpto|dto|departamento|oficina|of|local|casa|torre|edificio|edif|ed|manzana|mz|mza|lote|lt"
    r"|parcela"
    r"|apto|ap|edif|apart|apartamento|bloco|bl|sala|conj|qd|quadra|andar|interno|scala|sc|appartamento|palazzina"
    # Polish, Czech, Hungarian, Romanian, Turkish, transcribed Russian
    r"|lok|lokal|km|m|mieszkania|byt|em|emelet|ajtó|lépcsőház|et|etaj|daire|d|kat|k|kv|korp|dom|stroenie"
    # Cyrillic
    r"|кв|квартира|квартири|оф|офис|офіс|комната|сграда|д|дом|корп|корпус|к|стр|строение|лит|эт|этаж|подъезд|под|под-д"
    r"|пом|комн|буд|під|ап|ет|вх|бл"
    # Hebrew, Greek
    r"|דירה|קומה|כניסה|όροφος|διαμ"
)
_NO = r"(?:\.?:?\s?(?:n[.º°o]{1,2}\.?|nr\.?|no\.?|#|№)?\s?[:#]?\s?)"
#: Apt 4, 2º B, 3rd floor, #08-1123, H0402, 3. tv.
UNIT = (
    rf"(?:(?:{_UNIT_WORD})(?!\w){_NO}(?:\d{{1,4}}(?:[-/]\d{{1,4}}){{0,2}}[a-z]{{0,2}}|(?-i:[A-Z]\d{{0,4}}|[A-Z]{{2}}\d{{1,4}}"
    rf"|[А-Я]|[IVX]{{1,5}}))(?!\w)"
    r"|#\s?\w{1,5}(?:-\w{1,5})?(?!\w)"
    r"|(?:apt|ste|lgh|bte|app|rm|kv|кв)\d{1,4}[a-z]?(?!\w)"
    r"|\d{1,2}(?:st|nd|rd|th)\s(?:floor|fl\.?)(?!\w)|\d{1,3}/f(?!\w)"
    r"|\d{1,2}\s?[.]?[ºª°oa](?:\s?(?:piso|andar))?(?:\s?(?:izda|izq|dcha|der|ctro|esq|dto|dta|frente"
    r"|[a-h1-9](?![\w])[°oa]?)\.?)?(?!\w)|(?:dto|esq|dcha|izda|izq|frente)\.?(?!\w)"
    r"|\d{1,2}\.?\s?(?:tr|trp|og|ug|stock|etage|sal|tv|th|mf|em|emelet|patro|obergeschoss|kerros|krs)\.?(?:\s(?:tv|th|mf"
    r"|links"
    r"|rechts"
    r"|\d{1,3})\.?)?(?!\w)"
    r"|\d{1,2}(?:e|er|ère|ème|ième|è)\s(?:étage|ét\.?)(?!\w)"
    r"|(?:st|kl|kld|stuen|kælder)\.?\s?(?:tv|th|mf)\.?(?!\w)|(?:st|kld|stuen|kælderen)\.?(?=,)|h\.?o\.?h\.?(?=,)"
    r"|\d{1,2}(?:ος|ο|oς)\.?\s?(?:όροφος|όρ|ορ)\.?(?!\w)|(?:ισόγειο|υπόγειο|ημιώροφος|ημιυπόγειο)(?!\w)|קומת קרקע"
    r"|\d{1,2}(?:층|호|동)(?!\w)|r/c(?:\s(?:dto|esq)\.?)?(?!\w)|fszt\.?\s?\d{0,3}(?!\w)"
    r"|(?:bajo|ático|atico|entresuelo|entlo|principal|pral|sobreático)\.?(?:\s?\d[°oa]?|\s[a-h](?!\w))?(?!\w)"
    r"|(?:hinterhaus|vorderhaus|seitenflügel|erdgeschoss|dachgeschoss|souterrain|eg|dg|hh|vh|rez-de-chaussée|rdc|huis|hs|pt"
    r"|basement|ground floor|top floor)(?!\w)|h0\d{3}(?!\w)"
    r")\.?"
)
UNITS = re.compile(rf"\(?{UNIT}\)?", re.IGNORECASE)
#: Right after a number, in the Netherlands and in Finland: 108 II, 14 A 22, 70 k 3
STAIR = re.compile(r"\s(?:[A-K]\s?\d{1,3}[a-z]?|[a-k]\s\d{1,3}|I{1,3}|IV|[A-K])(?![\w':.])")

BUILDING = (
    r"(?:The\sOld\s[A-Z][\w'-]{2,16}(?:\s[A-Z][\w'-]{2,16})?|(?:Old|Coach|Dower|Gate|Farm|Boat|School|Oast)\s?[Hh]ouse"
    r"|Dairy|Bakery|Stables|Granary|Chapel|Oast|Smithy|Bungalow|Annexe|Grange|Priory|Hayloft|Wharf|Gatehouse|Schoolhouse"
    r"|Residency|Résidence|Residence|House|Towers?|Apartments|Apts?|Cottage|Court|Building|Villas?|Lodge|Farm|Ferme|Barn"
    r"|Hall|Maltings"
    r"|Heights|Gardens|Estate|Mansions?|Complex|Society|Manor|Vicarage|Rectory|Forge|Mill|Mah\.?|Mahallesi|Site|Sitesi"
    r"|Apartmanı"
    r"|Urb\.?|Urbanización|Col\.?|Colonia|Barrio|Lieu-dit|Hameau|Lieudit|Cortijo|Hofstede|Masseria|Agriturismo|Quinta|Finca"
    r"|Fazenda|Sítio|Cascina|Podere|Village|Vill\.?"
    r"|Dist\.?|District|Brgy\.?|Barangay|Condominium|Condo|Edificio"
    r"|Edifício|Immeuble|Palazzo|Haus|Hof|Gut|Cross|Main|Sector|Phase|Stage|Nagar|Colony|Layout|Enclave|Street|Road|Lane"
    r"|Drive)"
)
CARE_OF = r"(?:c/o|℅|attn\.?:?|att\.?:?|z\.\s?hd\.|p/a|chez|bei)"
