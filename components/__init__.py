"""Perdure: lifelong fine-tuning with governance. Every step of the line is a plain function in here."""

__version__ = "0.1.0"
