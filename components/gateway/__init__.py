"""Serving over HTTP: champion and candidate on one base model, as the registry says or as a replay needs them."""
