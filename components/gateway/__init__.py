"""Serving: champion and candidate adapters on one base model, followed or replayed through HTTP."""
