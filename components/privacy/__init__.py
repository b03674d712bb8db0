"""Personal data: found in any text, replaced by typed placeholders; and subjects under pseudonyms.

    normal form (normal.py) -> detectors (emails, phones, payment, government, births, addresses, secrets, network) -> replace.py

Invariants of this folder:
1. Detectors read the normal form of a text; what is replaced is the original. Everything else of the text stays as it is.
2. The same text is replaced in the same way everywhere and always: no model, no network, no clock.
3. Every pattern has bounded quantifiers only, so the work grows with the length of a text and not faster; a test counts steps.
4. A placeholder is never found again: replacing twice changes nothing.
5. A subject's pseudonym depends on the subject and on the key of the workspace and on nothing else.
"""
