"""Files that hold no text and no table that is read here: what they are, by their first bytes, and the command that helps."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from components.errors import UnreadableFileError

_SHEET = "Save the sheet as CSV: File > Save As > CSV UTF-8 (in LibreOffice: Text CSV)."
_UNPACK = "Unpack it first: "
_FRAME = """Convert it: python -c "import pandas; pandas.read_{}('{{path}}').to_parquet('events.parquet')\""""
_ARROW = (
    """Convert it: python -c "import pyarrow as a, pyarrow.parquet as p; """
    """p.write_table(a.ipc.open_stream('{path}').read_all(), 'events.parquet')\""""
)
_LITERALS = (
    """python -c "import ast, json; [print(json.dumps(ast.literal_eval(line))) for line in open('{path}')]" > events.jsonl"""
)
_FASTTEXT = """jq -Rc 'capture("^__label__(?<label>[^ ]+) (?<text>.*)")' {path} > events.jsonl"""
#: First bytes, what the file is, and the way out
SIGNATURES = (
    (rb"PAR1", "a Parquet file", "Rename it: mv {path} {stem}.parquet"),
    (rb"PARE", "an encrypted Parquet file", "Decrypt it first."),
    (rb"PK\x03\x04.{26,200}?(?:\[Content_Types\]\.xml|_rels/|xl/|docProps/)", "an Excel workbook", _SHEET),
    (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis", "an OpenDocument spreadsheet", _SHEET),
    (rb"PK\x03\x04|PK\x05\x06", "a ZIP archive", _UNPACK + "unzip {path}"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook", _SHEET),
    (rb"\x1f\x8b", "compressed by gzip twice", _UNPACK + "gunzip {path}"),
    (rb"BZh[1-9]1AY&SY", "compressed by bzip2", _UNPACK + "bunzip2 {path}"),
    (rb"\xfd7zXZ\x00", "compressed by xz", _UNPACK + "unxz {path}"),
    (rb"\x28\xb5\x2f\xfd", "compressed by Zstandard", _UNPACK + "unzstd {path}"),
    (rb"\x04\x22\x4d\x18", "compressed by LZ4", _UNPACK + "unlz4 {path}"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK + "7z x {path}"),
    (rb"Rar!\x1a\x07", "a RAR archive", _UNPACK + "unrar x {path}"),
    (rb".{257}ustar", "a tar archive", _UNPACK + "tar xf {path}"),
    (rb"ARROW1", "an Arrow (Feather) file", _FRAME.format("feather")),
    (rb"\xff\xff\xff\xff.{2}\x00\x00", "an Arrow stream", _ARROW),
    (rb"ORC[^ -~]", "an ORC file", _FRAME.format("orc")),
    (rb"Obj\x01", "an Avro file", "Convert it to Parquet or JSON Lines."),
    (
        rb"SQLite format 3\x00",
        "an SQLite database",
        "Export the table: sqlite3 -header -csv {path} 'select * from NAME' > events.csv",
    ),
    (
        rb"\x80[\x02-\x05]",
        "a Python pickle",
        "Pickles are not opened: they can run code. Write the table as Parquet or JSON Lines.",
    ),
    (rb"\x89HDF\r\n", "an HDF5 file", "Convert it to Parquet or JSON Lines."),
    (rb"\s*\[?\s*\{\s*'", "written in Python's notation, not in JSON", "Turn it into JSON Lines: " + _LITERALS),
    (rb"__label__", "a fastText file", "Turn it into JSON Lines: " + _FASTTEXT),
    (rb"%PDF-", "a PDF", "Export the table that it was made from."),
    (rb"\{\\rtf", "an RTF document", "Save it as plain text."),
    (
        rb"(?i)\s*<(?:!doctype html|html|head|body|table)",
        "a page of HTML",
        "Was it a page to sign in? Export the file again, as CSV or JSON.",
    ),
    (rb"\s*<(?:\?xml|[A-Za-z][\w:]*[ >/])", "XML", "Export it as CSV or JSON."),
)


def check_signature(head: bytes, path: Path) -> None:
    """Raise UnreadableFileError, naming what the file is and the way out, if it is none that is read here."""
    for first, what, way_out in SIGNATURES:
        if re.match(first, head, re.DOTALL):
            named = way_out.format(path=shlex.quote(str(path)), stem=shlex.quote(str(path.with_suffix(""))))
            raise UnreadableFileError(f"{path} is {what}, whatever its name says", named)
