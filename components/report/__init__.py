"""The HTML report: one self-contained page about what was learned, what was refused, and what it cost.

collect reads the records, charts draws SVG, page fills the template. The report changes nothing else.
"""
