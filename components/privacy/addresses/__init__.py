"""Postal addresses of some sixty countries.

    streets.py, scripts.py (a street and a number) -> after.py, before.py (what else belongs to it) -> somebodys.py (whose?)
    -> find.py

Boxes, doors before streets, postcodes without a known word for a street, and the fields of forms are found beside them.
"""

from components.privacy.addresses.find import find

__all__ = ["find"]
