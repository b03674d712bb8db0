"""Dates beside words that say that somebody was born, in 28 languages and their ways to write a date."""

from __future__ import annotations

import random

from benchmarks.pii.blind_sources.drawing import Make, born, source
from benchmarks.pii.rows import Source

KIND = "birth date"
EN = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
DE = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember")
FR = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre")
ES = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre")
IT = (
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
)
PT = ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro")
NL = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december")
PL = (
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
)
RU = ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря")
SV = ("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december")
TR = ("Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık")


def date(*forms: str, months: tuple[str, ...] = EN) -> Make:
    """A date of birth in one of the forms: {y} {yy} {m} {mm} {d} {dd} {month} {mon}."""

    def make(rng: random.Random) -> str:
        y, m, d = born(rng, 1931, 2016)
        month = months[m - 1]
        parts = {
            "y": y,
            "yy": f"{y % 100:02}",
            "m": m,
            "mm": f"{m:02}",
            "d": d,
            "dd": f"{d:02}",
            "month": month,
            "mon": month[:3],
        }
        return rng.choice(forms).format(**parts)

    return make


def _of(detail: str, make: Make, *sentences: str, each: int = 1) -> Source:
    return source(KIND, detail, make, *sentences, each=each)


SOURCES = (
    _of(
        "English",
        date("{d} {month} {y}", "{dd}/{mm}/{y}", "{month} {d}, {y}", "{y}-{mm}-{dd}", "{d} {mon} {y}"),
        "I was born on {} and the form says I'm too young.",
        "DOB: {}",
        "date of birth {} doesn't match our records",
        "My daughter, born {}, needs her own login.",
        "Happy to confirm: {} is my birthday.",
        "Birthdate on the account should be {}",
        "Pt. d.o.b. {}, allergic to penicillin",
        "He came into the world on {}, in a taxi.",
        each=2,
    ),
    _of(
        "English, US",
        date("{m}/{d}/{y}", "{mm}-{dd}-{y}", "{mm}/{dd}/{yy}"),
        "birthday {} (she turns the card red for some reason)",
        "Member DOB {} eligibility ok",
        "b. {}",
    ),
    _of(
        "English, ordinals",
        lambda rng: f"the {rng.choice(('1st', '2nd', '3rd', '11th', '23rd'))} of {rng.choice(EN)} {rng.randint(1940, 2005)}",
        "I was born {} in Leeds",
    ),
    _of(
        "English, machines",
        date("{y}-{mm}-{dd}", "{y}/{mm}/{dd}"),
        '{"name": "J.", "birth_date": "{}"}',
        "user.dateOfBirth={}",
        "name,dob\nMira,{}",
        "| born | {} |",
        "kyc: birthdate {} under 18, refused",
    ),
    _of(
        "German",
        date("{dd}.{mm}.{y}", "{d}. {month} {y}", "{d}.{m}.{yy}", months=DE),
        "Ich bin am {} geboren.",
        "geb. {}",
        "Geburtsdatum: {}",
        "Mein Sohn (geb. am {}) soll mitversichert werden",
        "Geburtstag laut Ausweis {}",
        each=2,
    ),
    _of(
        "French",
        date("{dd}/{mm}/{y}", "{d} {month} {y}", months=FR),
        "Je suis née le {} à Tours.",
        "Date de naissance : {}",
        "né(e) le {}",
        "Mon fils est né le {}, la mutuelle ne le trouve pas",
        each=2,
    ),
    _of(
        "Spanish",
        date("{d}/{m}/{y}", "{d} de {month} de {y}", "{dd}-{mm}-{y}", months=ES),
        "Nací el {}",
        "Fecha de nacimiento: {}",
        "F. nac. {}",
        "mi hija nació el {} en el hospital viejo",
        each=2,
    ),
    _of(
        "Italian",
        date("{dd}/{mm}/{y}", "{d} {month} {y}", months=IT),
        "Sono nato il {}",
        "nata a Siena il {}",
        "data di nascita {}",
        each=2,
    ),
    _of(
        "Portuguese",
        date("{dd}/{mm}/{y}", "{d} de {month} de {y}", months=PT),
        "Nasci em {}",
        "Data de nascimento: {}",
        "Nasc.: {}",
        each=2,
    ),
    _of(
        "Dutch",
        date("{dd}-{mm}-{y}", "{d} {month} {y}", months=NL),
        "geboren op {}",
        "Geboortedatum: {}",
        "mijn moeder is geboren {} en woont bij mij",
        each=2,
    ),
    _of("Polish", date("{dd}.{mm}.{y}", "{d} {month} {y}", months=PL), "Urodziłam się {}", "ur. {}", "data urodzenia: {}"),
    _of("Swedish", date("{y}-{mm}-{dd}", "{d} {month} {y}", months=SV), "Jag är född {}", "Födelsedatum {}", "f. {} i Umeå"),
    _of("Norwegian, Danish", date("{dd}.{mm}.{y}", "{d}.{m}.{y}"), "Født {}", "Fødselsdato: {}", "fødselsdag er {}"),
    _of("Finnish", date("{d}.{m}.{y}"), "Syntymäaika {}", "olen syntynyt {}"),
    _of("Czech, Slovak", date("{d}. {m}. {y}", "{d}.{m}.{y}"), "Datum narození: {}", "narozen {}", "narodená {}"),
    _of("Hungarian", date("{y}. {mm}. {dd}.", "{y}.{mm}.{dd}."), "Születési dátum: {}", "születtem {}"),
    _of("Romanian", date("{dd}.{mm}.{y}"), "Data nașterii {}", "născut la {}"),
    _of("Bulgarian, Serbian, Croatian", date("{dd}.{mm}.{y}"), "роден на {}", "рођена {}", "datum rođenja {}"),
    _of("Greek", date("{dd}/{mm}/{y}"), "Ημερομηνία γέννησης: {}", "γεννήθηκα στις {}"),
    _of("Turkish", date("{dd}.{mm}.{y}", "{d} {month} {y}", months=TR), "Doğum tarihi: {}", "{} doğumluyum", "d.t. {}"),
    _of(
        "Russian",
        date("{dd}.{mm}.{y}", "{d} {month} {y}", months=RU),
        "Дата рождения: {}",
        "родился {}",
        "{} г.р., живёт с родителями",
        "я родилась {} и получаю пенсию",
    ),
    _of("Ukrainian", date("{dd}.{mm}.{y}"), "дата народження {}", "народилася {}"),
    _of("Hebrew, Arabic, Persian", date("{d}/{m}/{y}", "{dd}.{mm}.{y}"), "תאריך לידה: {}", "تاريخ الميلاد {}", "متولد {}"),
    _of("Hindi", date("{dd}/{mm}/{y}"), "जन्म तिथि {}", "meri janam tithi {} hai"),
    _of("Japanese", date("{y}年{m}月{d}日", "{y}/{mm}/{dd}"), "生年月日：{}", "{}生まれです"),
    _of(
        "Japanese, imperial",
        lambda rng: f"昭和{rng.randint(20, 63)}年{rng.randint(1, 12)}月{rng.randint(1, 28)}日",
        "生年月日は{}です",
    ),
    _of("Chinese", date("{y}年{m}月{d}日", "{y}-{mm}-{dd}"), "出生日期：{}", "我是{}出生的", "生日 {}"),
    _of("Korean", date("{y}년 {m}월 {d}일", "{y}.{mm}.{dd}"), "생년월일 {}", "{}생입니다"),
    _of(
        "Vietnamese, Indonesian, Thai",
        date("{dd}/{mm}/{y}", "{d}-{m}-{y}"),
        "Ngày sinh: {}",
        "tanggal lahir {}",
        "วันเกิด {}",
        "lahir di Solo, {}",
    ),
)
