"""Write components/ingestion/confusables.py: letters that look like Latin ones, from Unicode's table of confusables (UTS 39).

    pip download --no-deps --dest /tmp/confusables confusable_homoglyphs
    python infra/confusables.py /tmp/confusables/confusable_homoglyphs-*.whl

The package ships Unicode's table as a megabyte of JSON, which it reads whenever it is imported, and it has no function for a
skeleton. What ingestion needs of it is short: of all that looks like an ASCII letter or digit, what compatibility forms and the
loss of accents do not turn into ASCII anyway.
"""

from __future__ import annotations

import json
import sys
import unicodedata
import zipfile
from collections import defaultdict
from pathlib import Path

TARGET = Path(__file__).parents[1] / "components" / "ingestion" / "confusables.py"
WIDTH = 11  # characters of a line

HEAD = '''"""Characters that look like a Latin letter. Written by infra/confusables.py from Unicode's confusables.txt (UTS 39)."""

from __future__ import annotations

#: ASCII as it looks, and what looks like it
ALIKE = (
'''


def bare(text: str) -> str:
    """The compatibility form without accents."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not "\u0300" <= char <= "\u036f")


def look_alikes(table: dict[str, list[dict[str, str]]]) -> dict[str, list[str]]:
    """{ASCII: characters}. table: {character: what may be confused with it}, both ways, as the package has it."""
    found: dict[str, set[str]] = defaultdict(set)
    for char, others in table.items():
        if len(char) != 1 or unicodedata.category(char)[0] not in "LN" or bare(char) != char or char.isascii():
            continue
        if unicodedata.decimal(char, None) is not None:
            continue  # digits of all scripts are digits
        ascii_forms = sorted(
            {form for each in others if (form := bare(each["c"])).isascii() and form.isalnum() and len(form) <= 2}
        )
        if ascii_forms:
            found[min(ascii_forms, key=lambda form: (len(form), form.isdigit(), form))].add(char)
    return {form: sorted(chars) for form, chars in sorted(found.items())}


def main(wheel: Path) -> None:
    """Write TARGET from the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        table = json.loads(archive.read("confusable_homoglyphs/confusables.json"))
    lines = [HEAD]
    for form, chars in look_alikes(table).items():
        for begin in range(0, len(chars), WIDTH):
            escaped = "".join(chars[begin : begin + WIDTH]).encode("ascii", "backslashreplace").decode()
            lines.append(f'    ("{form}", "{escaped}"),\n')
    TARGET.write_text("".join([*lines, ")\n"]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
