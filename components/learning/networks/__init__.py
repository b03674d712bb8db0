"""Networks: base models as learners. What runs a model on rows lives here, and nothing of how it is taught.

Invariants: nothing here knows a run, a recipe or a method (of a head only `protocol.ClassHead`); `encode` gives a row the same
bits alone or in any batch; a cache changes no bit. A network is made in `build`, and reads rows of a `table.Table`.
"""
