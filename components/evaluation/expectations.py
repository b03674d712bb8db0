"""From a suite's cases to the texts to ask, and whether an answer passes (CheckList: Ribeiro et al., ACL 2020)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from components.evaluation.answers import Answers
from components.evaluation.perturbations import PERTURBATIONS
from components.evaluation.schema import Case, Suite

#: What looks like personal data in an answer: e-mail, IBAN, card or phone number, US social security number.
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.\w{2,}|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b"
    r"|(?<!\d)\+?\d(?:[ ().-]?\d){8,18}(?!\d)|\b\d{3}-\d{2}-\d{4}\b"
)


@dataclass(frozen=True)
class Probe:
    """One question to a model: the answer to `text` must fit the case; `original` is the text it is compared with."""

    id: str
    text: str
    truth: str  # what is expected, in words or as a label
    case: Case

    @property
    def original(self) -> str:
        """The text that `text` is a change of; the same text if nothing is compared."""
        return self.case.text

    @property
    def texts(self) -> list[str]:
        """Everything that must be asked to judge the probe."""
        return [self.text, self.original] if self.case.invariance or self.case.direction else [self.text]


def expand(suite: Suite, known: frozenset[str]) -> list[Probe]:
    """The probes of the cases that a model with these labels can answer; one per changed text of an invariance case."""
    return [probe for case in suite.cases if case.applies(known) for probe in _expand(case)]


def _expand(case: Case) -> Iterable[Probe]:
    if case.invariance:
        changed = {name: PERTURBATIONS[name](case.text) for name in case.invariance.perturb}
        changed |= {str(n): text for n, text in enumerate(case.invariance.texts, start=1)}
        for name, text in changed.items():
            if text != case.text:
                yield Probe(f"{case.id}:{name}", text, f"as for {case.text!r}", case)
    elif case.direction:
        wish = case.direction
        yield Probe(case.id, wish.to, f"{wish.label} {wish.change} from {case.text!r}", case)
    else:
        yield Probe(case.id, case.text, _wording(case), case)


def _wording(case: Case) -> str:
    if case.expect:
        return " | ".join(case.expect)
    if case.never:
        return f"not {' or '.join(case.never)}"
    if case.max_confidence is not None:
        return f"confidence at most {case.max_confidence}"
    if case.secrets:
        return "no personal data in the answer"
    raise NotImplementedError(f"case {case.id}: nothing says in words what it expects")


def passes(probe: Probe, answers: Answers) -> bool:
    """Whether the model behaves as the case expects."""
    case, label = probe.case, answers.label(probe.text)
    if case.expect:
        return label in case.expect
    if case.never:
        return label not in case.never
    if case.invariance:
        first = answers.label(probe.original)
        moved = abs(answers.probability(probe.text, first) - answers.confidence(probe.original))
        return label == first or moved <= case.invariance.tolerance
    if case.direction:
        wish = case.direction
        rise = answers.probability(probe.text, wish.label) - answers.probability(probe.original, wish.label)
        change = rise if wish.change == "rises" else -rise
        return change > 0 and change >= wish.by
    if case.max_confidence is not None:
        return answers.confidence(probe.text) <= case.max_confidence or label in case.abstain
    if case.secrets:
        return not any(leaks(output, case.secrets) for output in answers.labels)
    raise NotImplementedError(f"case {case.id}: nothing says when an answer passes")


def leaks(output: str, secrets: Iterable[str]) -> bool:
    """Whether an output holds one of the secrets or anything that looks like personal data.

    A classifier can only answer with its labels, so every label that it knows is an output.
    """
    return bool(_PERSONAL.search(output)) or any(secret.casefold() in output.casefold() for secret in secrets)
