"""The blind set: written by somebody who had read neither the detectors nor the other two sets.

Only the first measurement on it counts as blind. Whoever tunes on what it shows should have a new one written.
"""

from __future__ import annotations

from benchmarks.pii.blind_sources import (
    addresses,
    addresses_far,
    banks,
    births,
    cards,
    emails,
    government,
    in_urls,
    letters,
    nothing_machines,
    nothing_said,
    nothing_traded,
    phones,
    places,
    secrets,
    together,
)

SOURCES = (
    *(*cards.SOURCES, *banks.SOURCES, *phones.SOURCES, *emails.SOURCES, *government.SOURCES, *births.SOURCES),
    *(
        *addresses.SOURCES,
        *addresses_far.SOURCES,
        *secrets.SOURCES,
        *in_urls.SOURCES,
        *places.SOURCES,
        *together.SOURCES,
        *letters.SOURCES,
    ),
    *(*nothing_traded.SOURCES, *nothing_machines.SOURCES, *nothing_said.SOURCES),
)
