"""The errors a user may meet. Each says what is wrong, where, and the way out."""

from __future__ import annotations


class PerdureError(Exception):
    """Something went wrong that a person can mend: a message and a hint, and the exit code of the command."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class UsageError(PerdureError):
    """Bad usage or bad input: a wrong option, key, file or field."""

    exit_code = 2


class RefusedError(PerdureError):
    """A gate or a rule said no: too few good rows, a failed gate, an unapproved version."""

    exit_code = 3


class HeldError(PerdureError):
    """Waiting for a human."""

    exit_code = 4


class IntegrityError(PerdureError):
    """An artefact does not match its digest, or the ledger's chain is broken."""


class UnavailableError(PerdureError):
    """Something outside cannot be reached or had: a model, a data set, MLflow, the disk."""


class BusyError(PerdureError):
    """Another process holds the workspace."""
