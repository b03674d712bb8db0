"""Serving over HTTP: champion and candidate on one base model, as the registry names them or as a replay needs them."""
