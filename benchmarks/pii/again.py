"""The second blind set: four kinds, by somebody who had read neither the detectors nor the other sets.

The first measurement on it counts as blind, and no later one. `again_sources` says what is marked.
"""

from __future__ import annotations

from benchmarks.pii.again_sources import (
    addresses,
    addresses_far,
    births,
    networks,
    nothing_dates,
    nothing_keys,
    nothing_numbers,
    nothing_places,
    passwords,
    secrets,
)

SOURCES = (
    *(*births.SOURCES, *addresses.SOURCES, *addresses_far.SOURCES, *secrets.SOURCES, *passwords.SOURCES, *networks.SOURCES),
    *(*nothing_dates.SOURCES, *nothing_places.SOURCES, *nothing_keys.SOURCES, *nothing_numbers.SOURCES),
)
