"""Words that tie a place to somebody: my address, I live at, deliver to, in some twenty-five languages."""

from __future__ import annotations

import re

from components.privacy.addresses.parts import NO_STREET, NUMBER, NUMBERED, PARTICLE, WORD

#: The group `asks`: a question after somebody, as in a quiz
SOMEBODYS = re.compile(
    r"(?:(?<!mail)(?<!mail.)(?<!ip.)(?<!web.)(?:address|adress|adres|anschrift|osoit)\w{0,8}|(?<![^\W_])(?:addr\.?"
    r"|(?P<asks>(?:who|what \w{1,20}|which \w{1,20}) )?(?:live[sd]?|living|resid(?:e[sd]?|ing)|stay(?:s|ed|ing)?) (?:at"
    r"|in|on)"
    r"|residence|domicile|mov(?:e[sd]?|ing) (?:to|from|in)|relocat\w{1,4}|ship\w{0,5}|deliver\w{0,3}|send|sent(?! from my)"
    r"|mail\w{0,3}"
    r"|forward\w{0,3}"
    r"|post(?:ed)? (?:it )?to|parcel|package|pick (?:it |me )?up|courier|(?:my|our|his|her|their) (?:home|house|flat"
    r"|apartment"
    r"|place|street"
    r"|office|old place|new place)|home|invoice (?:it )?to|bill (?:it )?to|technician|engineer|come (?:to|round)|visit (?:me"
    r"|us) at"
    r"|wohn\w{0,5}|wohnhaft|zieh\w{0,3}|umgezogen|gezogen|umzug|(?:ge)?liefer\w{0,6}|schick\w{0,3}|geschickt|send\w{0,5}"
    r"|versend\w{0,4}"
    r"|zustell\w{0,4}|zugestellt|paket|zuhause|zu hause"
    r"|habit\w{0,5}|demeur\w{0,4}|domicili\w{0,4}|résid\w{0,4}|livr\w{0,7}|envoy\w{0,4}|expédi\w{0,4}|déménag\w{0,4}|colis"
    r"|chez moi"
    r"|dirección|direccion|domicilio|viv[oei]\w{0,4}|resido|envi\w{0,5}|enví\w{0,3}|entreg\w{0,4}|mud\w{0,6}|mi casa|mi piso"
    r"|paquete"
    r"|indirizz\w|abit\w{0,5}|risied\w{1,3}|residente|sped\w{0,6}|consegn\w{0,6}|trasferit\w|recapit\w{1,3}|pacco"
    r"|adreça|visc|woon\w{0,4}|verhui\w{0,5}|bezorg\w{0,4}|lever\w{0,5}|stuur\w{0,3}|bracht|pakket"
    r"|endereço|endereco|morada|mor[oa]\w{0,4}|resid[oe]\w{0,4}|envie\w?|enviem|mieszka\w{0,4}|zamieszk\w{0,6}|wyśli\w{0,4}"
    r"|wys[łśy]\w{0,4}"
    r"|dostaw\w{0,3}|dostarcz\w{0,4}|paczk\w|przeprowadz\w{0,8}|bor|flytt\w{0,5}|skicka\w{0,2}|leverans\w{0,3}|leverer\w{0,2}"
    r"|sende?r?"
    r"|osoit\w{1,8}|asu[nm]\w{0,4}|toimit\w{0,6}|muut\w{1,5}|heimilisfang\w{0,4}|elukoht"
    r"|bydl\w{1,5}|bývam|doruč\w{1,5}|bydlišt\w{1,3}|bydlisko|lakom|lakcím\w{0,4}|lak(?:om|unk)|cím(?:em|ünk|re)?|szállítási"
    r"|költöz\w{1,6}"
    r"|locui\w{1,4}|livra\w{1,4}|adresa|stanujem|živim|dostav\w{1,6}|gönder\w{0,6}|teslim\w{0,5}|oturuyor\w{0,4}"
    r"|ikamet\w{0,6}"
    r"|taşın\w{1,6}"
    r"|адрес\w{0,3}|жив\w{1,4}|прожива\w{1,4}|достав\w{1,6}|отправ\w{1,6}|пришл\w{1,4}|перееха\w{1,3}|посылк\w|мешка\w{1,4}"
    r"|надішл\w{1,4}"
    r"|надсила\w{1,4}|переїха\w{1,3}|живея|живем|διεύθυνσ\w{1,3}|μένω|μένουμε|κατοικ\w{1,4}|στείλ\w{1,5}|παράδοσ\w{1,2}"
    r"|alamat\w{0,4}|tinggal|địa chỉ|ghar))(?![^\W_])|住所|届け|住んで|地址|住在|寄到|주소|배송|पता"
    r"|כתובת|גר ב|גרה ב|العنوان|عنوان\w{0,3}|أسكن"
    r"|ที่อยู่",
    re.IGNORECASE,
)
_NAMING = (
    r"(?:(?<!mail)(?<!mail.)(?<!ip.)(?<!web.)(?:address|adress|adres|anschrift|osoit)\w{0,8}|(?<![^\W_])(?:addr\.?|indirizzo"
    r"|dirección"
    r"|direccion|domicilio|domicile|endereço|morada|osoit\w{1,6}|wohnhaft|wohne?n?|(?<=I )live|(?<=we )live|(?<=I'm )staying"
    r"|(?<=I )moved|(?<=we )moved|moving|zuhause|umgezogen|habit\w{1,4}|demeur\w{1,4}|résid\w{1,3}|domicilié\w?|emménagé"
    r"|déménagé"
    r"|vivo|vivimos|viven|resido|abito|abitiamo|residente|trasferiti?|woont?|wonen|wohnt|verhuisd|moro|moramos|mudei"
    r"|mieszkam\w?"
    r"|mieszkamy|zamieszkał\w|bor|flyttat|flyttet|asun|asumme|muutin|adresa\w{0,3}|bydlím|bydlíme|bývam|címem|lakom|lakcímem"
    r"|heimilisfang\w{0,4}|heimili|elukoht|elan|dzīvoju|dzīvesvieta|gyvenu|gyvenamoji vieta|bý?vam|bydliště|bydlisko"
    r"|trvalé bydliště|prebivališče"
    r"|prebivalište|domiciliu|adrese|adresas|aadress|zamieszkanie|aufenthalt|rezidencë|banoj|bjuggu|bý|résidence"
    r"|residence|residenza|residencia"
    r"|residência|woonadres|bostad|bopæl|bosted|kotiosoite|ikametgah|ikamet|место жительства|проживання|местожительство"
    r"|κατοικία|seoladh|indirizz"
    r"|cyfeiriad|helbide\w{0,3}|enderezo"
    r"|cím|locuiesc"
    r"|stanujem|adresim|oturuyorum|адрес\w{0,3}|адреса|живу|проживаю|мешкаю|διεύθυνσ\w{1,3}|μένω|livrer|livraison|entregar"
    r"|spedire"
    r"|bezorgen|zugestellt|deliver(?:ed|y)?|ship(?:ped)?|ring at|come to|liefern|zuhause"
    r"|(?:mail|send|sent|deliver|delivered|post|should go|must go|collect|visit us|find me|pick me up) (?:it |them "
    r"|over )?(?:to|at"
    r"|from)))(?![^\W_])"
)
_LINK = (
    r"[\s:,='(\"-]{0,3}(?:(?:is|was|now|it|them|the|parcel|replacement|ist|lautet|jetzt|nach|est|es|è|é|är|er|on|to|at|in|im"
    r"|der|dem|die|an"
    r"|au|à|a|en|na|no|op|te|på|till|til|is nu|nu|now at|de|la|el|il|o|os|pod|przy|pri|jest|to|este|pe|adrese|mea|μου|είναι"
    r"|στην|στη|στο|в|на"
    r"|changed to|mai?|ab|ik|le|para|para a|em|da|naar|envío|dostawy|from)[\s:,='(\"-]{1,3}){0,4}"
)
#: One of these is in every name of an address
HINTS = (
    "addr", "adres", "anschrift", "osoit", "indirizzo", "direcci", "domicil", "ender", "morad", "wohn", " live", "staying",
    " mov", "zuhause", "umgezogen", "habit", "demeur", "résid", "ménag", "viv", "resid", "abit", "trasferit", "woon", "wonen",
    "verhuisd", "mora", "moro", "mudei", "mieszk", "zamiesz", " bor", "flytt", "asun", "asum", "muutin", "bydl", "býva",
    "cím", "lak", "locui", "stanuj", "oturuyor", "адрес", "жив", "прожив", "мешка", "διεύθ", "μένω", "livr", "entreg", "sped",
    "bezorg", "zugestellt", "heimili", "elukoht", " elan", "dzīv", "gyven", "prebival", "aufenthalt", "banoj", "bopæl", "bosted",
    "ikamet", "местож", "κατοικ", "seoladh", "cyfeiriad", "helbide", "aadress", "deliver", "ship",
     "ring at", "come to", "liefern", " to ", " at ", " from ",
)  # fmt: skip
#: Things that are counted: what follows a number and is no street
_COUNTED = (
    r"(?i:units?|box(?:es)?|people|persons?|items?|pieces?|copies|letters?|servers?|users?|customers?|tickets?|orders?"
    r"|parcels?|packages?|bugs?|issues?"
    r"|colleagues?|friends?|employees|members|files?|messages?|e-?mails?|bottles|bags|pallets|samples|products?|articles?"
    r"|invoices?|euros?|world|countries)"
)
#: Right after words that name an address, any name with a number is one: Sonnenhöhe 4, Lote Azul, 12
ADDRESSED = re.compile(
    rf"(?i:{_NAMING}{_LINK})"
    rf"(?P<address>(?:{PARTICLE}){{0,2}}(?!{NO_STREET}\s){WORD}(?:[ -](?:{PARTICLE}){{0,2}}{WORD}){{0,4}}{NUMBERED}"
    rf"{NUMBER}(?!\s{NO_STREET}(?!\w)))"
)
#: Where the number comes first: 7 The Old Mill, 16 Birch
NUMBER_ADDRESSED = re.compile(
    r"(?i:(?:(?<!mail)(?<!mail.)(?<!ip.)(?<!web.)(?:address|adress|adres)(?:e|se)?|(?<![^\W_])(?:addr\.?|dirección|domicile"
    r"|(?<=I )live|(?<=we )live"
    r"|(?<=I'm )staying|(?<=I )moved|(?<=we )moved|moving|habit\w{1,4}|demeur\w{1,4}|résid\w{1,3}|emménagé|déménagé|livrer"
    r"|livraison|ring at|come to|(?:we're|we are|i'm|i am)(?: now)? at"
    r"|(?:mail|send|sent|deliver(?:ed|y)?|ship(?:ped)?|post|should go|must go|collect|visit us|find me|pick me up) (?:it "
    r"|them |over |the \w{3,12} )?(?:to|at|from)))"
    rf"(?![^\W_]){_LINK})"
    rf"(?P<address>(?!\d{{5}}){NUMBER},?\s(?!(?:{NO_STREET}"
    rf"|{_COUNTED})(?!\w))(?!\w{{0,12}}\d){WORD}(?:[ -](?:{PARTICLE})?{WORD}){{0,3}})"
)
#: After a colon or `is`, small letters will do: address: 19 orchard view
SMALL = re.compile(
    r"(?i:(?:(?<!mail)(?<!mail.)(?<!ip.)(?<!web.)(?:address|adress|adres|anschrift)\w{0,2}|(?<=\si )live"
    r"|(?<![^\W_])(?:addr\.?"
    r"|indirizzo|dirección|domicilio|endereço|morada|wohnhaft))"
    r"[\s\"']{0,2}(?::|=|-|is|is now|ist|lautet|est|es|è|é|at)\s{1,2})"
    rf"(?P<address>\d{{1,5}}[a-z]?,?\s(?!(?:{NO_STREET}"
    rf"|{_COUNTED})(?!\w))[^\W\d_][\w'.-]{{1,24}}(?:\s[^\W\d_][\w'.-]{{1,24}}){{0,2}}?"
    rf"|[^\W\d_][\w'.-]{{2,24}}(?:\s[^\W\d_][\w'.-]{{1,24}}){{0,3}}?\s{NUMBER})(?=\s{{0,2}}(?:$|[,.;!?\n)\"']|now\b|jetzt\b"
    rf"|please\b))"
)
#: After a place these tell of something else that was sent: order 12 has not been delivered
_SENT = re.compile(
    r"deliver|ship|send|sent|mail|parcel|package|courier|forward|livr|envoy|colis|envi|entreg|sped|consegn|paquete|pacco",
    re.IGNORECASE,
)
_BEFORE, _AFTER = 60, 34
_SENTENCE_BEFORE, _SENTENCE_AFTER = re.compile(r"[!?\n]|\.\s(?=[A-Z])"), re.compile(r"[.!?\n(]")


def is_somebodys(text: str, start: int, end: int) -> bool:
    """Whether words of the same sentence tie a span to somebody."""
    before = _SENTENCE_BEFORE.split(text[max(0, start - _BEFORE) : start])[-1]
    after = _SENTENCE_AFTER.split(text[end : end + _AFTER], maxsplit=1)[0]
    tied = (
        match
        for part, sent in ((before, False), (after, True))
        for match in SOMEBODYS.finditer(part)
        if not (sent and _SENT.match(match.group()))
    )
    return any(not match["asks"] for match in tied)
