"""E-mail addresses at example domains and invented ones, as people and programs write them."""

from __future__ import annotations

import random

from benchmarks.pii.blind_sources.drawing import Make, source

KIND = "email"

FIRST = (
    "mira",
    "joost",
    "hanneke",
    "tadeusz",
    "ines",
    "okan",
    "sunniva",
    "pelle",
    "ravi",
    "leocadia",
    "anouk",
    "bertil",
    "yusra",
    "dario",
)
LAST = (
    "veldkorn",
    "strahlmann",
    "oyelaran",
    "piskorz",
    "calvente",
    "thorsrud",
    "maruyaki",
    "quennell",
    "dubrovec",
    "lahtomaa",
    "fenwright",
)
DOMAINS = (
    *(
        "example.com",
        "example.org",
        "example.net",
        "mail.example.com",
        "brunnkorn-apotheke.de",
        "tarvollin-tessuti.it",
        "veldwijk-fietsen.nl",
    ),
    *(
        "quennell-and-daughters.co.uk",
        "mostrakis-elies.gr",
        "lahtomaa-kirjat.fi",
        "pasteleria-ondarria.es",
        "cabinet-morvaine.fr",
        "dubrovec-truhlarstvi.cz",
    ),
    *(
        "halvarsund.se",
        "oyelaran-textiles.com.ng",
        "ipe-amarelo.com.br",
        "kirivana.co.in",
        "veldkorn-maruyaki.jp",
        "studio-vantorre.be",
    ),
)
LOCALS = ("{f}.{l}", "{f}{l}", "{f}_{l}", "{i}.{l}", "{i}{l}{n}", "{f}{n}", "{l}-{f}", "{f}.{l}{n}", "{f}.{i}.{l}")


def _local(rng: random.Random, shapes: tuple[str, ...] = LOCALS) -> str:
    first = rng.choice(FIRST)
    return rng.choice(shapes).format(f=first, i=first[0], l=rng.choice(LAST), n=rng.randint(2, 99))


def address(*shapes: str) -> Make:
    """`{a}` and `{d}` in the shapes: what stands before the @, and the domain."""

    def make(rng: random.Random) -> str:
        return rng.choice(shapes or ("{a}@{d}",)).format(a=_local(rng), d=rng.choice(DOMAINS))

    return make


def _upper(rng: random.Random) -> str:
    return address()(rng).upper()


def _spelled(at: str, dot: str) -> Make:
    def make(rng: random.Random) -> str:
        return _local(rng, ("{f}.{l}", "{f}{n}", "{i}{l}{n}")) + at + rng.choice(DOMAINS).replace(".", dot)

    return make


plain = address()
SOURCES = (
    source(
        KIND,
        "in a sentence",
        plain,
        "You can reach me under {} until Thursday.",
        "the reset link never arrives at {}, not in spam either",
        "Please change my login from the old address to {}.",
        "Forward it to {} as well, she handles the books.",
        "Ich bin unter {} erreichbar, am besten abends.",
        "Könnt ihr die Rechnung nochmal an {} schicken?",
        "Mon adresse est {}, merci de ne pas la diffuser.",
        "Écrivez plutôt à {} car je pars en congé.",
        "Mi correo es {} y no recibo nada",
        "mandame el pdf a {} porfa",
        "Non ricevo più le newsletter su {}.",
        "O convite foi para {}, que já não uso.",
        "Stuur het maar naar {} dan kijk ik vanavond",
        "Proszę usunąć konto zarejestrowane na {}",
        "Mejla gärna {} så bokar vi en tid.",
        "Send kvitteringen til {} takk",
        "Sähköpostini on {}, kiitos.",
        "Faturayı {} adresine gönderir misiniz?",
        "Напишите мне на {}, телефон не ловит",
        "Το email μου είναι {}",
        "Kérem, a {} címre küldjék a visszaigazolást.",
        "Trimiteți factura la {}",
        "メールは {} までお願いします。",
        "我的邮箱是{}，请重新发送验证链接",
        "제 이메일은 {} 입니다. 확인 부탁드려요",
        "بريدي الإلكتروني {} ولم يصلني شيء",
        "האימייל שלי הוא {} ולא קיבלתי כלום",
        "mera email {} hai, OTP nahi aa raha",
        "Email saya {} belum diverifikasi",
        "Email của tôi là {}, xin gửi lại mã",
        "Můj e-mail {} je v systému dvakrát.",
        "Будь ласка, надішліть рахунок на {}",
        each=2,
    ),
    source(
        KIND,
        "in a header or a signature",
        plain,
        "From: Hanneke <{}>\nSubject: keys",
        "To: undisclosed\nReply-To: {}\n\nSee below.",
        "--\nTadeusz P.\nField technician\n{}\n",
        "Cc'd you and {} on this.",
        "On Tue, {} wrote:\n> can we move it to four?",
        "Mit freundlichen Grüßen\nI. Calvente\nE: {} | W: site under construction",
        each=2,
    ),
    source(
        KIND,
        "in a log, a table, a file",
        plain,
        "2025-01-19T22:10:41Z WARN mailer bounce rcpt=<{}> code=550",
        '{"event":"signup","user":{"email":"{}","plan":"free"}}',
        "id,mail,opted_in\n88,{},no",
        "| Ravi | {} | admin |",
        "User {} failed 5 logins in 2 minutes, locked.",
        "git log: Author: Dario <{}>",
        "INSERT INTO contacts (mail) VALUES ('{}');",
        'owner = "{}"  # ask before deploying',
        "postfix/smtp[2211]: to=<{}>, relay=none, delay=30, status=deferred",
        each=1,
    ),
    source(KIND, "mailto", plain, '<a href="mailto:{}">write me</a>', "mailto:{}?subject=refund", "[write to Inès](mailto:{})"),
    source(
        KIND,
        "plus tag",
        address("{a}+orders@{d}", "{a}+news25@{d}"),
        "unsubscribe {} please!!",
        "Registered twice: once as {} and once without the tag.",
    ),
    source(KIND, "capitals", _upper, "CONTACT: {}", "MY EMAIL IS {} WHY DOES NOBODY ANSWER"),
    source(
        KIND,
        "sub-domain",
        address("{a}@post.{d}", "{a}@uni.{d}", "{a}@mx2.mail.{d}"),
        "Student account {} expired on Monday.",
        "write {}, it's the only box I read",
    ),
    source(
        KIND,
        "spelled out",
        _spelled(" (at) ", " (dot) "),
        "Reach me: {}",
        "kontakt über {} (wegen spam so geschrieben)",
    ),
    source(KIND, "spelled out, brackets", _spelled("[at]", "[dot]"), "drop me a line: {}", "contato: {}"),
    source(KIND, "at in brackets only", _spelled(" [at] ", "."), "Fragen bitte an {}", "my address, de-spammed: {}"),
    source(
        KIND,
        "percent-encoded",
        address("{a}%40{d}"),
        "GET /unsubscribe?u={}&list=4 302",
        "https://shop.example/reset?mail={}&lang=nl",
    ),
    source(
        KIND,
        "other scripts",
        lambda rng: (
            rng.choice(("jörg", "günther.veß", "søren", "françoise", "łucja")) + str(rng.randint(2, 99)) + "@münsterquell.example"
        ),
        "Umlaute gehen nicht? {} wird abgelehnt",
        "Bounce for {} - does our relay speak SMTPUTF8?",
    ),
    source(
        KIND, "quoted", lambda rng: f'"{rng.choice(FIRST)} {rng.choice(LAST)}"@example.org', "odd but legal: {} cannot sign up"
    ),
    source(
        KIND,
        "apostrophe",
        lambda rng: f"{rng.choice(FIRST)}.o'{rng.choice(LAST)}@example.net",
        "The form rejects {} because of the apostrophe.",
    ),
)
