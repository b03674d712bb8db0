"""Check digits by country: published examples pass, and most changes of one digit are found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from components.privacy import national

pytestmark = pytest.mark.unit

#: Numbers that authorities or handbooks print as examples
EXAMPLES: dict[str, tuple[Callable[[str], bool], str]] = {
    "FR NIR": (national.nir, "255081416802538"),
    "ES DNI": (national.dni, "12345678Z"),
    "ES NIE": (national.nie, "X1234567L"),
    "IT codice fiscale": (national.codice_fiscale, "RSSMRA85T10A562S"),
    "PL PESEL": (national.pesel, "44051401359"),
    "NL BSN": (national.bsn, "111222333"),
    "DE tax id": (national.steuer_id, "86095742719"),
    "DE pension": (national.sv, "65170839J003"),
    "BR CPF": (national.cpf, "11144477735"),
    "BR CNPJ": (national.cnpj, "11222333000181"),
    "SE": (national.swedish, "8112189876"),
    "NO": (national.norwegian, "29029600013"),
    "FI": (national.finnish, "131052308T"),
    "BE": (national.belgian, "85073003328"),
    "IE": (national.irish, "1234567T"),
    "CN": (national.chinese, "11010519491231002X"),
    "TW": (national.taiwanese, "A123456789"),
    "SG": (national.singaporean, "S1234567D"),
    "TR": (national.turkish, "10000000146"),
    "RO": (national.romanian, "1800101221144"),
    "CZ": (national.czech, "7103192745"),
    "CL": (national.chilean, "125319092"),
    "RU": (national.snils, "11223344595"),
    "ZA": (national.south_african, "8001015009087"),
    "UK NHS": (national.nhs, "9434765919"),
    "AT": (national.austrian, "1237010180"),
    "BG": (national.bulgarian, "7523169263"),
    "AU TFN": (national.tfn, "123456782"),
    "PT NIF": (national.nif, "501964843"),
    "AR CUIT": (national.cuit, "20123456786"),
}


@pytest.mark.parametrize("country", EXAMPLES)
def test_an_example_passes_and_changes_are_found(country: str) -> None:
    check, number = EXAMPLES[country]
    assert check(number)
    places = [place for place, character in enumerate(number) if character.isdigit()]
    changed = [number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :] for place in places]
    found = sum(not check(each) for each in changed)
    assert found >= 0.8 * len(changed), [each for each in changed if check(each)]
