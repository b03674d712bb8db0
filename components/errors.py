"""The errors that a person can meet. Each says what is wrong, where, and how to fix it.

    PerdureError
      x UsageError              bad usage or bad input                                             exit code 2
        - UnreadableFileError   a file of events cannot be read as it is
      x RefusedError            a gate or a rule said no                                           exit code 3
        - TooFewRowsError       too few good rows for an experience (components.ingestion)
        - RelabelledError       too many rows that contradict what was learned (components.ingestion)
      x IntegrityError          an artefact does not match its digest
        - LedgerError           the ledger is broken, or is not the one that this workspace has used
        - RegistryError         MLflow's registry lost versions, or belongs to another workspace
      x UnavailableError        something outside is missing or does not answer
      x BusyError               another process is working on the same thing
      x StoppedError            interrupted
      x DivergedError           the loss or the gradients became infinite (components.learning)
      x MethodError             a method from outside Perdure raised an error (components.learning)
      x UnexpectedError         a fault of Perdure itself

`code` names the kind of error for scripts (`"code"` in the JSON of a command that failed) and never changes. A subclass that
scripts need to distinguish has its own code, which begins with its parent's code if there is one. docs/errors.md explains each.
"""

from __future__ import annotations

from typing import Any, ClassVar

#: The command's exit codes, and when each is used
EXIT_CODES = {
    0: "Done.",
    1: "Failed: something is damaged, missing, busy or broken; the message says what to do.",
    2: "Bad usage or bad input: a wrong option, key, file or field.",
    3: "Refused by a gate or a rule.",
    4: "Held: a person has to decide.",
}


#: What an error says at most, in characters. It may quote what came from outside, and that may be of any length.
MOST_SAID = 3000


class PerdureError(Exception):
    """Something went wrong that a person can fix: a message, a hint, a code, and the exit code of the command.

    Message and hint are cut in their middle where they are longer than MOST_SAID: where and why stand at the ends.
    """

    code: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = _cut(message)
        self.hint = _cut(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        return {"error": self.message, "hint": self.hint, "code": self.code, "exit_code": self.exit_code}


class UsageError(PerdureError):
    """Bad usage or bad input: a wrong option, key, file or field."""

    code = "usage"
    exit_code = 2


class UnreadableFileError(UsageError):
    """A file of events cannot be read as it is: it is damaged, of another format, or its columns need names."""

    code = "usage.file"


class RefusedError(PerdureError):
    """A gate or a rule said no: too few good rows, a failed gate, a version that never served."""

    code = "refused"
    exit_code = 3


class IntegrityError(PerdureError):
    """An artefact or a record does not match its digest."""

    code = "integrity"


class LedgerError(IntegrityError):
    """The ledger's chain is broken, or the ledger is not the one that this workspace has used: nothing may be changed by it."""

    code = "integrity.ledger"


class RegistryError(IntegrityError):
    """MLflow's registry has lost versions that the ledger knows, or belongs to another workspace."""

    code = "integrity.registry"


class UnavailableError(PerdureError):
    """Something outside is missing or does not answer: a model, a data set, MLflow, the disk."""

    code = "unavailable"


class BusyError(PerdureError):
    """Another process holds the workspace, or is moving `champion` at this moment."""

    code = "busy"


class StoppedError(PerdureError):
    """Interrupted by a person."""

    code = "stopped"


class UnexpectedError(PerdureError):
    """A fault of Perdure itself: anything that no other error covers."""

    code = "unexpected"


def _cut(said: str) -> str:
    half = MOST_SAID // 2 - 20
    return said if len(said) <= MOST_SAID else f"{said[:half]} […{len(said) - 2 * half:,} characters…] {said[-half:]}"
