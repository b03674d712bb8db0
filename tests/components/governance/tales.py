"""Random stories in which everybody keeps to the rules: cycles, holds, decisions and rollbacks, in any order."""

from __future__ import annotations

from hypothesis import strategies as st

from components.governance.rules import go_back, obstacle
from tests.components.governance.story import Story

STEPS = ("champion", "stale", "again", "held", "open", "reject", "approve", "conclude", "rollback", "go to", "traffic")


@st.composite
def tales(draw: st.DrawFn, longest: int = 25) -> Story:
    """A story of up to `longest` steps; what the rules refuse does not happen."""
    story = Story()
    for step, number in draw(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 30)), max_size=longest)):
        take(story, step, number)
    return story


def take(story: Story, step: str, number: int) -> None:
    """One step, about the version that the number picks."""
    state = story.state
    some = [*state.versions][number % len(state.versions)] if state.versions else None
    known = state.versions[some] if some else None
    match step:
        case "champion":
            story.champion()
        case "held":
            story.held()
        case "open":
            story.version()
        case "stale" if known:
            story.held(parent=known.checkpoint, judged_against=known.checkpoint)
        case "again" if known:
            attempt(story, str(known.experience))
        case "reject" if known and some and known.outcome in (None, "held"):
            story.tell("rejected", some)
        case "traffic" if known and some and known.outcome is None:
            story.tell("candidate_rolled_back", some)
        case "approve" | "conclude" if known and some and known.outcome in (None, "held") and not obstacle(some, state):
            story.promote(some)
        case "rollback" if not isinstance(target := go_back(state), str):
            story.back_to(target.version)
        case "go to" if some and not isinstance(target := go_back(state, some), str) and target != state.serving:
            story.back_to(target.version)


def attempt(story: Story, experience: str) -> None:
    """The experience is learned again from what serves and judged anew; it is promoted if it may be."""
    version = story.version(experience=experience)
    if not obstacle(version, story.state):
        story.promote(version)
