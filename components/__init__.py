"""Perdure: lifelong fine-tuning with governance. Every step of the cycle is a plain function in this package."""

__version__ = "0.1.0"
