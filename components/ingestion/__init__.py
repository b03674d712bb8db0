"""Ingestion: events in, an immutable experience out; every row that is refused is written down with its reason.

    files -> readers -> shapes (records into events) -> columns -> validate (Great Expectations) -> pii (components/privacy)
          -> screening -> assign -> experience
    learned.py: what the past taught the same texts as, on their folded forms (folded.py)

Invariants of this folder:
1. read = accepted + quarantined + duplicates, always. A row that is not accepted is in the quarantine file (with the row
   itself) or in the duplicates file (with the row that it repeats).
2. The same rows, settings, chain of earlier experiences and past of the champion give the same experience digest: chunk size,
   file names and, as long as no rule flips, the time do not enter it. The workspace's key does, where there are subjects: they
   are hashed.
3. A text held out by any experience of the chain is held out again and never trained on; a text trained on is never held out.
   Both go by `storage.digest_text` of the text as it is stored, that is after personal data were replaced.
4. Every reason code, its sentence and its Great Expectations rule are in rules.py and nowhere else.
5. Texts reach the experience, the quarantine file, the preview that a person asks for and nothing else: no log, no error
   message, no validation result. The experience gets what was screened, every field of it; the quarantine holds rows as they
   came.
6. Memory is bounded by the chunk, plus about 220 bytes for every accepted row. A file is never worth more than a multiple of its
   size (source.py, parquet_limits.py).
7. An event that a reader hands on is the same after `orjson.loads(orjson.dumps(event))`: quarantine changes no value.
8. A row costs at most itself, with a reason code. What costs a file is an UnreadableFileError that names the way out.
"""
