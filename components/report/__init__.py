"""The HTML report: one self-contained page of what a line learned, what was refused, and what it cost.

collect reads the records, charts draws SVG, page fills the template. Nothing here changes anything.
"""
