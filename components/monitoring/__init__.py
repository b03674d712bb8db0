"""Monitoring with Evidently: forgetting drift after every cycle, input drift of the new events beside it."""
