"""Streets and their numbers in Latin letters, as each language writes them. Whether they are somebody's is decided elsewhere."""

from __future__ import annotations

import re

from components.privacy.addresses.parts import ANY_NAME, NAME, NO_NAME, NO_STREET, NUMBER, NUMBERED, PARTICLE, UPPER, WORD


def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern that begins where a word does, and not within a number, a path or a price."""
    return re.compile(rf"(?<![\w/$€£#-])(?<!\w[.,])(?:{pattern})", flags)


_ENGLISH = (
    r"(?:(?i:street|str|st|road|rd|avenue|ave|av|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|way|terrace|ter"
    r"|crescent|pde|tce|bvd|cct|hts|esp"
    r"|cres|pde|tce|bvd|cct|hts|close|highway|hwy|parkway|pkwy|circle|cir|trail|row|mews|grove|gardens|gdns|parade|alley"
    r"|plaza|walk|hill|quay"
    r"|hollow|expressway"
    r"|expy|freeway|fwy|turnpike|tpke|esplanade|causeway|orchard|meadows?|cove|knolls?|bluff|canyon|cliffs?|glen|dale|croft"
    r"|wynd|brae|vennel|arcade|viaduct|junctions?"
    r"|bypass|promenade|concourse|boreen)"
    r"|(?:Gate|Green|End|Vale|View|Yard|Park|Fields?|Heights|Wharf|Bridge|Point|Ridge|Path|Crossing|Pass|Run|Trace|Marg|Nagar"
    r"|Salai"
    r"|Colony|Mills|Harbou?r|Union|Forest|Haven|Station|Summit|Valley|Vista|Lake|Ferry|Branch|Brook|Curve|Plains|Oval|Rise"
    r"|Loop|Common|Village|Island|Landing|Chase|Drove|Mount|Bank|Side|Mall|Extension|Pond|Creek|Springs?|Trce|Xing|Spur"
    r"|Manor|Villas?|Cottages?|Mead|Paddock|Garth|Fold|Gait|Layout|Bazar|Bazaar|Chowk|Galli|Gali|Cross|Main|House|Estate"
    r"|GATE|GREEN|END|VALE|VIEW|YARD|PARK|FIELDS?|HEIGHTS|WHARF|BRIDGE|POINT|RIDGE|PATH|CROSSING|PASS|RUN|RISE|LOOP|COMMON))"
)
_COMPASS = r"(?:[NSEW]|North|South|East|West|[NS]\.?[EW])\.?"
_AFTER = rf"(?:\s{_COMPASS}(?!\w))?"
_ROUTE = (
    r"(?:(?:US|U\.S\.|State|County|Old|Interstate|Concession|Regional|Township|Provincial|Farm to Market|Ranch to Market"
    r"|National|Rural)\s)"
    r"{0,2}(?:Highway|Hwy|HWY|Route|Rte|RTE|Road|Rd|RD|Line|FM|RM|CR|SR|US|I|Hwy\.)[ -]?\d{1,4}[A-Z]?(?!\w)"
)
_COMPOUND = (
    r"(?:straße|strasse|str\.|str|weg|wege|allee|platz|gasse|gässli|gässle|ring|damm|ufer|chaussee|markt|steig|stieg|pfad|hof"
    r"|graben|berg"
    r"|promenade|höhe|winkel|wiesen?|garten|gärten|siedlung|zeile|terrasse|halde|hang|rain|kamp|redder|twiete|wall|leite|aue"
    r"|bogen|anger"
    r"|horst|busch|heide|hügel|grund|steg|brücke|tor|bühl|matt|matte|brunnen|feld|acker|park|blick|stiege|lände|zeile"
    r"|kai|passage"
    r"|straat|laan|plein|gracht|kade|singel|dijk|dreef|steenweg|baan|steeg|pad|plantsoen|veld|burgwal|voorhout|haven|kwartier"
    r"|erf|hout"
    r"|weide|donk|lei|vest|ring|gatan|vägen|gränd|stigen|torget|backen|plan|allén|gårdsvägen|stranden|lyckan|ängen|vallen"
    r"|leden|ringen"
    r"|gade|vej|allé|plads|bakken|parken|toften|vænget|lunden|stræde|boulevarden|landevej|gyden|engen|marken|haven|gata|gaten"
    r"|veien|vegen"
    r"|plassen|plass|svingen|haugen|lia|jordet|tunet|kroken|alléen|bryggen|katu|tie|kuja|polku|rinne|kaari|raitti|tori|väylä"
    r"|aukio|ranta"
    r"|penger|mäki|portti|vegur|gata|stígur|braut|holt|hlíð|gerði|teigur|hagi|melur|mýri|grund|smári|vogur|stræti|torg"
    r"|bakki|hvammur"
    r"|hjalli|tröð|túnið?|korn|lundur|barð|klettur|höfði|sléttan?|flöt|brekka|gerði)"
)
#: Those that end no other word: they may be written small
_PLAINLY = (
    r"(?:straße|strasse|str\.|str|weg|allee|platz|gasse|straat|laan|gracht|steenweg|gatan|vägen|gade|vej|gata|veien|katu"
    r"|kuja)"
)
_APART = (
    r"(?i:straße|strasse|str\.|weg|allee|platz|gasse|ring|damm|ufer|chaussee|markt|graben|hof|wall|berg|steig|promenade|vej"
    r"|gade|gate|gt\."
    r"|straat|laan|plein|singel|voorhout|gracht|markt|steenweg|dijk|kade|polku|tie|katu|rantakatu|kuja|allé|plads|torv|väg"
    r"|gata|gränd"
    r"|landevej|veg|vei|plass|kvartal)"
)
_OF_A_STREET = (
    r"(?i:straße|platz|allee|ufer) (?:des|der|am|zum|an der|im) |(?i:laan|plein|weg|dreef|singel) (?:van|der|van de|van der"
    r"|van het) |(?:A[mM]|An der|An den|I[mM]|In der|In den|Auf der|Auf dem|Auf den|Auf'm|Z[uU][mM]|Z[uU][rR]|Unter den"
    r"|Hinter der"
    r"|Hinter dem|Hinterm|Vor dem|Vorm|Beim|Bei der|Achter de|Achter het|Aan de|Op de|Op den|Bij de|Onder de|'t|'T|Het|In de"
    r"|(?i:oberer?|unterer?|alter?|neuer?|kleine|großer?|grosser?)) "
)
FRENCH = (
    r"(?i:rue|r\.|avenue|ave|av\.|boulevard|boul\.|bd|bld|blvd|place|pl\.|chemin|ch\.|che|allée|allées|all\.|impasse|imp\.?"
    r"|quai|route|rte"
    r"|cours|passage|pass\.|square|sq\.|sentier|faubourg|fbg|villa|cité|résidence|rés\.|lotissement|lot\.|hameau|rond-point"
    r"|esplanade"
    r"|promenade|venelle|ruelle|traverse|montée|côte|voie|clos|domaine|mail|parvis|galerie|chaussée|camino|calle|paseo|vista"
    r"|avenida"
    r"|triq|misraħ|sqaq|vjal|pjazza|xatt|telgħet|dawret|bóthar|sráid|ascaill|bóithrín|ffordd|heol|stryd|lôn|rhodfa|cwrt"
    r"|vía|via|rua|piazza|corso|jalan|jln|lorong|soi|đường|ngõ|rehov|sderot|sharia|rruga)"
)
ROMANCE = (
    # Spanish, Catalan, Galician
    r"(?i:calle|c/|cl\.|avenida|avda\.?|avd\.?|av\.?|avinguda|plaza|pza\.?|plza\.?|plaça|paseo|pº|passeig|carrera|cra\.?"
    r"|kra\.?|cr\.|tr\.|trans\.|dg\.|diag\.|carrer|camino|cno\."
    r"|camí|ronda|travesía|travessera|glorieta|pasaje|pje\.?|psje\.?|(?-i:Cuesta|CUESTA)|rambla|acceso|barrio|cañada"
    r"|carretera|ctra\.?|carr\.?"
    r"|sendero|vial|pasadizo"
    r"|bajada|alameda|callejón|urbanización|urb\.|privada|priv\.|cerrada|circuito|calzada|diagonal|transversal|tv\.|autopista"
    r"|ruta|jirón"
    r"|jr\.|prolongación|blvd\.?|blv\.?|c\.|ampliación|ampl\.|andador|and\.|peatonal|periférico|eje|viaducto|retorno|bulevar"
    r"|rúa|praza|polígono|pol\.|manzana"
    # Italian
    r"|viale|v\.le|piazza|p\.zza|piazzale|p\.le|corso|c\.so|vicolo|vico|largo|strada|contrada|c\.da|borgo|rotonda|incrocio"
    r"|stretto|canale"
    r"|salita|lungomare|lungotevere|lungarno|lungo|località|loc\.|frazione|fraz\.|calata|riva|fondamenta|campo|calle|sestiere"
    r"|rione|vicoletto"
    # Portuguese
    r"|rua|r\.|travessa|tv\.|praça|pç\.|estrada|rodovia|rod\.|beco|ladeira|parque|jardim|vila|viela|estação|esplanada"
    r"|loteamento|conjunto|residencial|setor"
    r"|morro|passarela|quadra|sítio|fazenda|condomínio|colônia|lagoa|vale|viaduto|feira|recanto|trevo|aeroporto|chácara"
    r"|esplanada|bairro"
    r"|urbanização|quinta|marginal|calçada|escadinhas|azinhaga|distrito|núcleo|favela"
    # French before the number: in Belgium and in Switzerland
    r"|rue|avenue|boulevard|bd|place|chemin|chaussée|quai|route|rte|allée|drève|square|impasse|cours|sentier|ruelle"
    # Polish, Czech, Slovak, Croatian, Serbian, Slovenian, Lithuanian, Albanian
    r"|ul\.|ulica|ulic[yęąa]|al\.|aleja|alei|aleję|aleje|pl\.|plac|placu|os\.|osiedle|osiedlu|skwer|rondo|szosa|bulwar|ulice"
    r"|tř\.|třída|náměstí"
    r"|nám\.|námestie|nábř\.|nábřeží|sídliště|trg|bulevar|obala|šetalište|rruga|"
    # Romanian
    r"str\.|strada|bulevardul|bd\.|b-dul|calea|aleea|șoseaua|șos\.|splaiul|soseaua|sos\.|intrarea|piața|drumul"
    # transcribed, and of Asia and Africa
    r"|ulitsa|ulitsya|vulytsia|vul\.|prospekt|pr-t|pereulok|rehov|rechov|sderot|jalan|jl\.?|gg\.?|gang|jln\.?|lorong"
    r"|persiaran"
    r"|lebuh|lebuhraya|soi|thanon"
    r"|triq|misraħ|sqaq|vjal|pjazza|xatt|telgħet|dawret|bóthar|sráid|ascaill|ffordd|heol|stryd|lôn|rhodfa|mtaa wa|barabara ya"
    r"|đường|duong|ngõ|phố|quận|odos|leoforos|sharia|shari|carrer)"
)
_VIA = (
    r"(?:Via|VIA|via(?!\s(?:e-?mail|sms|dhl|ups|fedex|dpd|gls|hermes|post|skype|zoom|teams|whatsapp|phone|bus|the|a|an|your"
    r"|my|our|this|app|web(?:site|mail)?|api)\b))"
)
_AT_HOME = (
    r"(?:[°º]\s?)?(?:,\s?|\s|(?<=\.))(?:(?:n[.º°o]{1,2}:?|num\.?|nr\.?:?|č\.|no\.?:?|№|#|km|km\.|klm)\s?)?"
    rf"(?:\d{{1,4}}[A-Z]?\s?(?:#|-|No\.?)\s?\d{{1,3}}[A-Z]?\s?-\s?\d{{1,3}}(?!\w)|{NUMBER}|\d{{1,4}}[.,]\d{{1,3}}(?![\w,.]\w)"
    rf"|s/n(?!\w)|snc(?!\w)|(?:SN|S/N)(?!\w))(?:\s(?:Sur|Norte|Este|Oeste|Bis|bis)(?!\w))?"
)
_POSTFIXED = (
    # Hungarian, Slovenian, Croatian, Latvian, Lithuanian, Estonian, Greek in Latin letters
    r"(?:utca|utcája|u\.|út|útja|tér|tere|körút|krt\.|köz|sor|sétány|fasor|park|dűlő|rakpart|lépcső|cesta|ulica|trg|nábrežie"
    r"|iela|bulvāris"
    r"|prospekts|gatve|laukums|g\.|gatvė|pr\.|al\.|aikštė|tn|tänav|mnt|maantee|pst|puiestee|avenija)"
)
_TURKISH = (
    r"(?:Caddesi|Cad\.?|Cd\.?|Sokak|Sokağı|Sok\.?|Sk\.?|Bulvarı|Blv\.?|küç\.?|küçəsi|prospekti|Bulv\.?|Meydanı"
    r"|Mahallesi|Mah\.?|Yolu|Mh\.?)"
)

NUMBER_FIRST = (
    # 12 Baker Street, 1600 Pennsylvania Ave NW, 5 E 42nd St, N6W23001 Bluemound Rd
    compiled(
        rf"(?:[NS]\d{{1,3}}[EW]\d{{2,5}}"
        rf"|{NUMBER}),?\s(?:{_COMPASS}\s)?(?!\d{{1,5}}[A-Za-z]?\s)(?:(?!(?:{NO_NAME}|January|February|July|September|October"
        rf"|November|December)\s)[\w'.-]{{1,24}}\s){{1,3}}?"
        rf"{_ENGLISH}(?![\w'])\.?{_AFTER}"
    ),
    # 27 The Crescent, 36 Broadway, 612 Avenue of the Cedars, 14 Avenue B
    compiled(
        rf"{NUMBER},?\s(?:[Tt]he\s{WORD}(?:\s{WORD}){{0,1}}|(?:Upper |Lower |Old |East |West |North |South "
        rf"|[NSEW]\.? )?(?:Broadway|BROADWAY|broadway"
        rf"|Strand|Broadwalk|Boulevard|Esplanade|Parade|Bowery|Embarcadero)|Avenue (?:of (?:the )?{WORD}(?: {WORD})?"
        rf"|[A-Z](?!\w))){_AFTER}"
    ),
    # 64, op der Heed; 3, um Bierg; 5 beim Schlass; 12, aux Trois Sapins
    compiled(
        rf"\d{{1,4}}[A-Za-z]?,\s(?i:op der|op dem|op|an der|an dem|um|am|beim|bei der|bei den|hannert der|ënnert der|aux|au"
        rf"|à la|sur le|sur les"
        rf"|sous le|lès|le|les|en)\s{WORD}(?:[ -](?:{PARTICLE})?{WORD}){{0,2}}"
    ),
    # moved to 19 orchard view
    compiled(
        rf"(?:(?<=to )|(?<=at )|(?<=is )|(?<=: )|(?<=- )){NUMBER}\s(?!{NO_STREET}\s)[^\W\d_][\w'-]{{2,24}}\s(?:gate|green|end"
        rf"|vale|view|yard|park|fields?"
        r"|heights|wharf|bridge|point|ridge|path|crossing|run|rise|loop|common|house|mount|bank|side|mead|cottages?)(?!\w)"
    ),
    # 2900 County Road 114, 15230 US Highway 19 N, 501 Hwy 61, 2145 S 300 W
    compiled(rf"{NUMBER},?\s(?:{_COMPASS}\s)?{_ROUTE}{_AFTER}"),
    compiled(rf"\d{{2,5}}\s{_COMPASS}\s\d{{2,5}}\s{_COMPASS}(?!\w)"),
    # 12 bis, rue de la Paix; 6 rue du 8 mai 1945; 3 imp. du Moulin
    compiled(
        rf"(?<!\d )\d{{1,4}}(?:\s?[-/]\s?\d{{1,4}})?(?:\s?(?:bis|ter|quater|[A-Da-d]))?,?\s{FRENCH}\s(?:(?:du "
        rf"|de l')?\d{{1,2}}(?:er)? [a-zéû]{{3,9}}(?: \d{{4}})?"
        rf"|{NAME}|départementale \d{{1,4}}|(?:de la |de l'|des |du |de |d'|la |les |le )?(?!(?:the|to|of|is|was|and|or|you"
        rf"|we"
        rf"|they)\s)[^\W\d_][\w'-]{{2,24}})"
        r"(?:\s(?i:Ouest|Est|Nord|Sud|O\.|E\.))?"
    ),
)
NUMBER_LAST = (
    # Hauptstraße 5, kastanienweg 8, Kerkstraat 12, 2e Jan Steenstraat 18-3, Storgatan 4 B, Bygade 7, Mannerheimintie 5
    compiled(
        rf"(?:(?:{WORD}|\d{{1,2}}e)[ -]){{0,2}}(?:{UPPER}[\w'-]{{0,28}}{_COMPOUND}|[\w'-]{{2,28}}{_PLAINLY})\s{{1,2}}{NUMBER}"
    ),
    # Berliner Allee 4, Karl-Marx-Allee 101, Neuer Wall 40, Karl Johans gate 22, Ylä-Ojan polku 13
    compiled(rf"{WORD}(?:[ -]{WORD}){{0,2}}[ -]{_APART}\s{{1,2}}{NUMBER}"),
    # Am Alten Markt 3, Straße des 17. Juni 135, Achter de Dom 7
    compiled(rf"(?:{_OF_A_STREET})(?:{WORD}|\d{{1,2}}\.)(?: {WORD}){{0,2}} {NUMBER}"),
    # Calle Mayor 5; C/ Gran Vía, 12; Rua das Flores, 45; ul. Długa 7/3; Carrera 7 # 71-21; Ctra. de Burgos km 17,5
    compiled(rf"{ROMANCE}(?:\s|(?<=[./])){ANY_NAME}{_AT_HOME}"),
    compiled(rf"{_VIA}\s{ANY_NAME}{NUMBERED}(?:{NUMBER}|s/n|snc|km\s?\d{{1,3}}[.,]\d{{1,3}})"),
    # Kossuth Lajos utca 5., Trubarjeva cesta 12, Brīvības iela 55-12
    compiled(rf"{WORD}(?:[ -](?:{WORD}|[a-z]{{2,12}})){{0,2}}\s{_POSTFIXED}\s{{0,2}}{NUMBER.replace('[.,:]', '[,:]')}"),
    # Atatürk Caddesi No: 5, 1453 Sk. No:22, Gül Sokağı 5
    compiled(
        rf"(?:(?:{WORD}|\d{{2,4}}\.?)\s){{1,3}}{_TURKISH}(?:[\s,]{{1,2}}(?:{WORD}\s){{1,3}}{_TURKISH}){{0,2}}"
        rf"[\s,]{{1,2}}(?:{WORD}\s(?:Apt|Sitesi"
        rf"|Apartmanı)\.?,?\s)?(?:[Nn][Oo]?\s?[:.]?\s?)?\d{{1,4}}(?:\s?/\s?[A-Z]?\d{{1,4}}"
        rf"|/?[A-Z])?(?!\w)"
    ),
)
#: Boxes, rural routes and military mail: these are always somebody's
BOXES = (
    compiled(
        r"(?:(?:p\.?\s?o\.?\s?box|g\.?p\.?o\.?\s?box|post office box|postfach|pf\.|boîte postale|b\.p\.|bp"
        r"|apartado(?: de correos| postal)?|apdo\.?"
        r"|casella postale|c\.p\.(?=\s\d{1,4},)|postbus|caixa postal|skrytka pocztowa|skr\.\s?poczt\.|postboks|postilokero|pl"
        r"|box|boks|а/с|а/я|п/с|τ\.?θ\.?|ת\.?ד\.?"
        r"|posta kutusu|p\.?k\.|pósthólf|p\.?\s?fach|poste restante|c\.?s\.(?=\s\d{5})"
        r"|private bag|locked bag|صندوق بريد|ص\.ب\.?)\s?(?:n[.º°o]{1,2}\s?|:\s?"
        r"|#\s?)?[A-Z]?\d{1,6}(?:[ ]\d{2,3}){0,2}(?:-\d{5})?)(?!\w)",
        re.IGNORECASE,
    ),
    compiled(
        r"(?:(?:RR|HC|RMB|RSD|RD|R\.R\.|Rural Route|Star Route)\s?#?\d{1,5}(?:,?\s(?:Box|BOX)\s\d{1,6}[A-Z]?)?"
        r"|(?:PSC|CMR|Unit|UNIT)\s\d{1,6},?\s(?:Box|BOX)\s\d{1,6})(?!\w)"
    ),
    compiled(rf"(?:USS|USNS|USCGC|USNV)\s{WORD}(?:\s{WORD}){{0,3}}(?=,?\s[AF]PO)"),
)
#: A door before any street: Flat 4B, House 7, Block C
DOORS = compiled(
    r"(?:(?:Apt|Apartment|Flat|Villa|Plot|House|H\.?\s?No|Door|D\.?\s?No|Blk|Block|Room|Rm|Shop|Unit|Suite|Tower|SCO"
    r"|SQ[NS]|QD"
    r"|Mz|Lote|No|Village"
    r"|Dpto|Depto|Dept|Dto|Apto|Appt|App|Wohnung|Whg|Piso|Int|Interior|Oficina|Of|Edif|Daire|кв|оф|lok|lgh|bus|Lgh|Bus|Ap|m"
    r"|мкр|ж\.к|д)\.?\s?(?:[Nn]o\.?\s?)?[:#]?\s?(?:\d{1,4}[A-Za-z]?|[A-Z]\d{0,4})(?:[-/]\w{1,4}){0,3}|[A-Z][-/]\d{1,4}[A-Z]?"
    r"|\d{1,3}/F)(?!\w)"
)
