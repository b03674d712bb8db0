"""Records of what a model was asked and what it should answer, as tools for fine-tuning keep them, into events.

    {"messages": [{"role": "user", "content": ...}, {"role": "assistant", "content": ...}]}      OpenAI, TRL; Gemini's `contents`
    {"conversations": [{"from": "human", "value": ...}, {"from": "gpt", "value": ...}]}          ShareGPT
    {"instruction": ..., "input": ..., "output": ...}                                            Alpaca, Dolly
    {"prompt": ..., "completion": ...}                                                           either may be a list of turns

The completion is the assistant's last turn; the text is what was said before it: the user's turn alone, or all turns with their
roles. What belongs to neither (system prompts, calls of tools, later turns) is kept as `other_turns`.
"""

from __future__ import annotations

from typing import Any

import orjson

from components.ingestion.chunk import Event

_TURNS = ("messages", "conversations", "conversation", "contents")
_ANSWERS = ("completion", "output", "response")
_ROLES = {
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "model", "bot", "chatgpt"), "assistant"),
}


def is_chat(record: Event) -> bool:
    """Whether a record, or the header of a table (its columns, all empty), has the fields of one of these formats."""
    return any(_turns(record.get(name)) or record.get(name) == "" for name in _TURNS) or _asked(record) is not None


def from_chat(record: Event) -> Event | str:
    """The event in such a record, or the code of what is wrong with it. A record with a label has no completion."""
    for field in _TURNS:
        if turns := _turns(record.get(field)):
            return _conversation(record, (field,), turns)
    if _asked(record) is None:
        return "no_turn"
    asked, answer = _asked(record) or ("", "")
    if isinstance(record[asked], list):
        more = record[answer] if isinstance(record[answer], list) else [{"role": "assistant", "content": record[answer]}]
        return _conversation(record, (asked, answer), record[asked] + more)
    context = next((name for name in ("input", "context") if asked == "instruction" and name in record), None)
    event = {name: value for name, value in record.items() if name not in (asked, answer, context)}
    text = record[asked]
    if context and isinstance(text, str) and isinstance(record[context], str) and record[context].strip():
        text = f"{text}\n\n{record[context]}"
    return {**event, "text": text, "completion": record[answer]}


def _turns(value: Any) -> list[Any] | None:
    """Turns: a list of objects, or the JSON of one, as it stands in the cell of a table."""
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    return value if isinstance(value, list) and value and all(isinstance(turn, dict) for turn in value) else None


def _asked(record: Event) -> tuple[str, str] | None:
    """The fields of the question and of the answer."""
    asked = next((name for name in ("prompt", "instruction") if name in record), None)
    answer = next((name for name in _ANSWERS if name in record), None)
    return (asked, answer) if asked and answer else None


def _conversation(record: Event, fields: tuple[str, ...], turns: list[Any]) -> Event | str:
    spoken = [(i, *said) for i, said in enumerate(map(_said, turns)) if said]
    end = len(spoken)
    if record.get("label") is None:
        end = max((n for n, (_, role, _) in enumerate(spoken) if role == "assistant"), default=end)
    before = spoken[:end]
    if not any(role == "user" for _, role, _ in before):
        return "no_turn"
    event = {name: value for name, value in record.items() if name not in fields}
    alone = len(before) == 1
    event["text"] = before[0][2] if alone else "\n".join(f"{role.capitalize()}: {text}" for _, role, text in before)
    if end < len(spoken):
        event["completion"] = spoken[end][2]
    used = {i for i, _, _ in spoken[: end + 1]}
    if others := [turn for i, turn in enumerate(turns) if i not in used]:
        event["other_turns"] = others
    return event


def _said(turn: Any) -> tuple[str, str] | None:
    """Role and text of a turn of the user or the assistant; None for other roles, and for a turn without text."""
    if not isinstance(turn, dict):
        return None
    role = _ROLES.get(str(turn.get("role") or turn.get("from")).lower())
    text = _text(next((turn[name] for name in ("content", "value", "parts") if turn.get(name)), None))
    return (role, text) if role and text.strip() else None


def _text(content: Any) -> str:
    """The text in a turn: itself, or the parts of it that are text."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") if isinstance(part, dict) else part for part in parts)
    return "\n".join(text for text in texts if isinstance(text, str))
