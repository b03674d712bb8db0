"""Monitoring with Evidently: after every cycle, forgetting drift and the input drift of the new events."""
