"""Networks: base models as learners. Everything that runs a model on rows is here, and nothing about how it is trained.

Invariants: nothing here knows a run, a recipe or a method (of a head only `protocol.ClassHead`); `encode` gives a row the same
bits alone or in any batch; a cache changes no bit. A network is made in `build` and reads rows of a `table.Table`.
"""
