"""Payment cards: the brands' ranges, right check digits, spacings as people type them."""

from __future__ import annotations

import random

from benchmarks.pii.blind_sources.drawing import Make, drawn, laid_over, luhn, source

KIND = "card"


def card(prefixes: tuple[str, ...], length: int, *shapes: str) -> Make:
    """A number of a brand in one of the shapes."""

    def make(rng: random.Random) -> str:
        prefix = rng.choice(prefixes)
        body = prefix + drawn(rng, "0123456789", length - 1 - len(prefix))
        return laid_over(body + luhn(body), rng.choice(shapes))

    return make


FOURS = "#### #### #### ####"
PLAIN = "#" * 16
DASHED = FOURS.replace(" ", "-")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_VISA = card(("4019", "4485", "4532", "4716", "4929", "4024"), 16, FOURS, PLAIN, DASHED)


def _wide(rng: random.Random) -> str:
    return _VISA(rng).translate(_WIDE)


SOURCES = (
    source(
        KIND,
        "Visa",
        _VISA,
        "I tried to pay with {} and your shop says declined, but the bank sees nothing.",
        "pls take it off {} exp 09/29, thx",
        "Meine neue Kreditkarte hat die Nummer {}, gültig bis 04/28. Bitte umstellen!",
        "Ma carte bleue {} a été débitée deux fois hier soir.",
        "Le cobraron dos veces a mi tarjeta {} y nadie me contesta",
        "[2024-11-02 08:14:55] DEBUG checkout: pan={} status=DECLINED reason=51",
        '{"type": "payment", "source": {"number": "{}", "exp_month": 7, "exp_year": 2027}}',
        "Caller read out {} over the phone, I know we are not supposed to write it down.",
        each=2,
    ),
    source(
        KIND,
        "Mastercard",
        card(("51", "52", "53", "54", "55"), 16, FOURS, PLAIN, DASHED, "####  ####  ####  ####"),
        "Customer wants the refund on a different mastercard: {}",
        "Card no. {} // valid thru 11/26 // name on card as above",
        "addebitato 89,90 euro sulla carta {} senza autorizzazione",
        "Kartnummer: {}\nGiltigt till: 03/28",
        "| 2024-05-13 | Hotel deposit | {} | 240.00 |",
        "Cartão {} foi clonado, bloqueiem já por favor",
        "mijn creditcard ({}) is gisteren gestolen in de trein",
        "hi, it's me again. the other one expired so use {} from now on",
        each=2,
    ),
    source(
        KIND,
        "Mastercard, 2-series",
        card(("2221", "2235", "2478", "2655", "2719"), 16, FOURS, PLAIN, DASHED),
        "Why does the form say 'invalid card' for {}? It is a brand new one from my bank.",
        "Nr karty {} – proszę o anulowanie subskrypcji.",
        "Betalte med {} i går, men ordren står fortsatt som ubetalt",
        "Zahlung abgelehnt. Karte {}. Kundin ruft morgen wieder an.",
        "payer_card,amount\n{},15.00",
        each=2,
    ),
    source(
        KIND,
        "American Express",
        card(("34", "37"), 15, "#### ###### #####", "#" * 15, "####-######-#####"),
        "My Amex {} works everywhere but with you.",
        "AMEX: {}; EXP: 12/27; ZIP on file",
        "do you take american express? {} is the one i'd like to use",
        "Amex-Karte {} wurde zweimal mit 1.249,00 € belastet",
        "The corporate card ({}) should be charged for the three seats.",
        "Réservation garantie par {} (American Express), arrivée le 14.",
        each=2,
    ),
    source(
        KIND,
        "Discover",
        card(("6011", "644", "65"), 16, FOURS, PLAIN, DASHED),
        "Please remove {} from my wallet, I closed that account.",
        "discover {} got declined at the pump AND in the app",
        "Note to self: billing still has {} saved for Dad, swap it.",
        each=2,
    ),
    source(
        KIND,
        "Diners Club",
        card(("36", "38"), 14, "#### ###### ####", "#" * 14),
        "Diners Club {} – does the lounge offer still apply?",
        "La tarjeta Diners {} no pasa en la caja 4",
        "Plaćanje karticom {} odbijeno je već treći put.",
        each=2,
    ),
    source(
        KIND,
        "JCB",
        card(("3528", "3541", "3566", "3589"), 16, FOURS, PLAIN, DASHED),
        "カード番号 {} で決済できませんでした。",
        "JCBカード（{}）の請求が二重になっています。ご確認ください。",
        "the JCB ending is not enough? ok full number {}",
        each=2,
    ),
    source(
        KIND,
        "UnionPay",
        card(("6212", "6225", "6228", "6250"), 16, FOURS, PLAIN),
        "我的银行卡 {} 被扣了两次款，请帮忙查一下。",
        "银联卡号：{}，有效期 08/27",
        "UnionPay {} rejected with code 14 at terminal 3",
        each=2,
    ),
    source(
        KIND,
        "UnionPay, 19 digits",
        card(("6217", "6222"), 19, "#" * 19, "#### #### #### #### ###"),
        "卡号是 {}，麻烦退到这张卡上",
        "Refund to debit card {} please (the long one, 19 digits).",
    ),
    source(
        KIND,
        "Mir",
        card(("2200", "2202", "2204"), 16, FOURS, PLAIN),
        "Переведите возврат на карту {}, пожалуйста",
        "Карта {} не проходит, пишет «отказ банка»",
        "мой номер карты {} срок 05/28",
        each=2,
    ),
    source(
        KIND,
        "Maestro",
        card(("5018", "5038", "6304", "6759"), 16, FOURS, PLAIN, DASHED),
        "Pinpas {} wordt niet geaccepteerd bij de automaat",
        "Maestro {} is being phased out, what do I do?",
    ),
    source(
        KIND,
        "RuPay and Troy",
        card(("6082", "6521", "9792"), 16, FOURS, PLAIN),
        "RuPay card {} par paisa kat gaya lekin order nahi hua",
        "Kartımdan ({}) iki kez çekim yapılmış, iade istiyorum",
        each=2,
    ),
    source(
        KIND,
        "full-width digits",
        _wide,
        "クレジットカードは {} です。よろしくお願いします。",
        "信用卡號碼 {}，請協助取消訂閱",
    ),
    source(
        KIND,
        "odd spacing",
        card(
            ("4556", "5412", "5288"),
            16,
            "#### ####\n#### ####",
            "####.####.####.####",
            "####\u00a0####\u00a0####\u00a0####",
            "######## ########",
        ),
        "Here it is again, in case the mail client broke it:\n{}\nThanks, M.",
        "Kortti {} ei toimi verkkokaupassa",
        "Numer mojej karty to {}, data ważności w osobnym mailu.",
        "Betalkort: {} / utgår 06-27",
        each=2,
    ),
)
