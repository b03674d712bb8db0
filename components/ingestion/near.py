"""Near duplicates: MinHash signatures and locality-sensitive hashing, vectorised over whole columns.

Broder 1997 (resemblance of documents), Li and Koenig 2010 (b-bit MinHash, here b = 8), Leskovec et al. 2014, section 3.4
(banding). A text is the set of its words and word pairs; two texts are near duplicates when the Jaccard similarity of their sets,
as estimated from 64 hashes, is at least THRESHOLD. Words that hold a digit must be the same: order 17 is not order 18.
"""

from __future__ import annotations

import zlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

THRESHOLD = 0.9
HASHES = 64
BAND = 8  # rows of a band: eight 8-bit hashes are one 64-bit key

Words = NDArray[np.uint64]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_random = np.random.default_rng(20_260_101)  # constants of the hash family: part of the method, the same in every process
_FACTORS = _random.integers(1, 2**32, HASHES, dtype=np.uint32) | np.uint32(1)


def mix(values: Words) -> Words:
    """A bijective 64-bit scramble (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)))


def signatures(texts: pa.Array) -> tuple[NDArray[np.uint8], Words]:
    """(n, HASHES) b-bit MinHashes, and (n,) a key of each text's words with digits; the key is 0 for a text without words."""
    n = len(texts)
    words = pc.split_pattern_regex(pc.utf8_lower(texts), r"[^\pL\pM\pN]+")
    owner = np.asarray(pc.list_parent_indices(words))
    flat = words.flatten()
    filled = np.asarray(pc.not_equal(flat, ""))
    owner, flat = owner[filled], flat.filter(pa.array(filled))
    signature, numbers = np.zeros((n, HASHES), np.uint8), np.zeros(n, np.uint64)
    if not len(flat):
        return signature, numbers
    encoded = flat.dictionary_encode()
    vocabulary = np.array([zlib.crc32(word.encode()) for word in encoded.dictionary.to_pylist()], np.uint64)
    codes = np.asarray(encoded.indices)
    hashed = mix((vocabulary + np.uint64(1)) * _MIX)[codes]
    digits = np.asarray(pc.match_substring_regex(encoded.dictionary, r"\pN"))[codes]

    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    present = owner[starts]
    numbers[present] = mix(np.add.reduceat(np.where(digits, hashed, np.uint64(0)), starts) + np.uint64(1))
    numbers[present] |= np.uint64(1)

    # a text of m words has 2m - 1 shingles: word, pair, word, pair ... ; the pair after a text's last word is the word again
    last = np.r_[starts[1:], len(owner)] - 1
    pairs = mix(hashed + np.r_[hashed[1:], np.uint64(0)] * _MIX)
    pairs[last] = hashed[last]
    shingles = (np.stack([hashed, pairs], axis=1).reshape(-1) >> np.uint64(32)).astype(np.uint32)
    buffer, begins = np.empty_like(shingles), starts * 2
    for k, factor in enumerate(_FACTORS):
        lowest = np.minimum.reduceat(np.multiply(shingles, factor, out=buffer), begins)
        signature[present, k] = lowest >> np.uint32(8)  # the lowest bits of a product are its least random
    return signature, numbers


def near_duplicates(signature: NDArray[np.uint8], group: Words) -> NDArray[np.int64]:
    """(n,) for each row the earlier row of the same group that it nearly repeats, -1 if none."""
    n = len(group)
    rows = np.arange(n)
    parent = rows.copy()
    bands = signature.view(np.uint64) if n else np.empty((0, HASHES // BAND), np.uint64)
    for band in bands.T:
        keys = mix(mix(band + _MIX) ^ group)
        order = np.argsort(keys, kind="stable")
        starts = np.r_[True, keys[order][1:] != keys[order][:-1]] if n else np.zeros(0, bool)
        first = order[np.maximum.accumulate(np.where(starts, rows, 0))]
        previous = np.r_[order[:1], order[:-1]]
        later = ~starts
        for earlier in (first, previous):
            a, b = earlier[later], order[later]
            good = (group[a] == group[b]) & (similarity(signature, a, b) >= THRESHOLD)
            np.minimum.at(parent, b[good], a[good])
    while not np.array_equal(parent, parent[parent]):
        parent = parent[parent]
    copies = np.flatnonzero(parent != rows)
    # a chain of small steps must not swallow a text that is unlike the one that is kept
    unlike = copies[similarity(signature, parent[copies], copies) < THRESHOLD]
    parent[unlike] = unlike
    return np.where(parent == rows, -1, parent)


def similarity(signature: NDArray[np.uint8], a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
    """Estimated Jaccard similarity of rows a[i] and b[i]: the share of equal hashes, minus what 8 bits make equal by chance."""
    equal = np.empty(len(a))
    for begin in range(0, len(a), 100_000):  # bounds the temporary arrays
        part = slice(begin, begin + 100_000)
        equal[part] = (signature[a[part]] == signature[b[part]]).mean(axis=1)
    chance = 1 / 256
    return np.asarray((equal - chance) / (1 - chance))
