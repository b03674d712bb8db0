from __future__ import annotations

from typing import Any

import pytest

from components.ingestion.chats import from_chat, is_chat

pytestmark = pytest.mark.unit


def turn(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


CALL = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "route"}}]}
ASKED = {"text": "Why?", "completion": "Because."}


@pytest.mark.parametrize(
    ("record", "event"),
    [
        ({"prompt": "Why?", "completion": "Because."}, ASKED),
        ({"prompt": "Why?", "response": "Because."}, ASKED),
        ({"instruction": "Why?", "input": "", "output": "Because."}, ASKED),
        ({"instruction": "Why?", "input": "The sky.", "output": "x"}, {"text": "Why?\n\nThe sky.", "completion": "x"}),
        ({"instruction": "Why?", "context": "The sky.", "response": "x", "category": "qa"},
         {"text": "Why?\n\nThe sky.", "completion": "x", "category": "qa"}),
        ({"messages": [turn("user", "Why?"), turn("assistant", "Because.")]}, ASKED),
        ({"messages": [turn("USER", "Why?"), turn("Assistant", "Because.")], "id": 7}, {**ASKED, "id": 7}),
        ({"conversations": [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "Because."}]}, ASKED),
        ({"contents": [{"role": "user", "parts": [{"text": "Why?"}]}, {"role": "model", "parts": ["Because."]}]}, ASKED),
        ({"messages": [turn("user", [{"type": "text", "text": "Why?"}, {"type": "image"}]), turn("bot", "Because.")]}, ASKED),
        ({"prompt": [turn("user", "Why?")], "completion": [turn("assistant", "Because.")]}, ASKED),
        ({"prompt": [turn("user", "Why?")], "completion": "Because."}, ASKED),
        ({"messages": [turn("system", "Be kind."), turn("user", "Why?"), turn("assistant", "Because.")]},
         {**ASKED, "other_turns": [turn("system", "Be kind.")]}),
        ({"messages": [turn("user", "Hi"), turn("bot", "Hello"), turn("user", "Why?"), turn("bot", "x"), turn("user", "Thx")]},
         {"text": "User: Hi\nAssistant: Hello\nUser: Why?", "completion": "x", "other_turns": [turn("user", "Thx")]}),
        ({"messages": [turn("user", "Why?"), CALL]}, {"text": "Why?", "other_turns": [CALL]}),
        ({"messages": [turn("user", "Why?"), CALL, turn("tool", "42"), turn("assistant", "Because.")]},
         {**ASKED, "other_turns": [CALL, turn("tool", "42")]}),
        ({"messages": [turn("user", "Why?"), turn("assistant", "Because.")], "label": "x"},
         {"text": "User: Why?\nAssistant: Because.", "label": "x"}),
        ({"messages": [turn("user", "Why?")], "label": "x"}, {"text": "Why?", "label": "x"}),
        ({"messages": '[{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}]'}, ASKED),
    ],
)  # fmt: skip
def test_what_was_asked_is_the_text_and_the_last_answer_the_completion(record: dict[str, Any], event: dict[str, Any]) -> None:
    assert is_chat(record)
    assert from_chat(record) == event


@pytest.mark.parametrize(
    "turns", [[CALL], [turn("system", "Be kind.")], [turn("user", " ")], [{"x": 1}], [turn("assistant", "Hello")]]
)
def test_a_conversation_in_which_no_user_says_anything_is_named(turns: list[Any]) -> None:
    assert from_chat({"messages": turns}) == "no_turn"


def test_the_header_of_a_table_of_conversations_is_known_and_an_empty_cell_has_no_turn() -> None:
    assert is_chat({"id": "", "messages": ""})
    assert from_chat({"id": "7", "messages": ""}) == "no_turn"


@pytest.mark.parametrize(
    "record",
    [
        {"text": "a"},
        {"messages": "a"},
        {"messages": "[{"},
        {"messages": "[1]"},
        {"messages": []},
        {"messages": ["a"]},
        {"prompt": "a"},
        {"output": "a"},
    ],
)
def test_other_records_are_none(record: dict[str, Any]) -> None:
    assert not is_chat(record)
