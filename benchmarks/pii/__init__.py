"""How much personal data the detectors find, and what they take for it by mistake: on labelled sentences with invented values.

`blind.jsonl` was written by somebody who knew neither the detectors nor the other sets. `development.jsonl` is what the
detectors were tuned on; `heldout.jsonl` has other sentences and values from other sources, and only its totals were looked
at. All are written by `python -m benchmarks.pii.write` and committed.
"""
