"""Texts of unknown origin: drawn as they are, one cell, no markup, nothing hidden."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.registry.inert import answers, escape, row, visible
from tests.examples import examples

pytestmark = pytest.mark.unit

MARKUP = st.text(alphabet=st.sampled_from("ab1 \n\r\t|`*_[](){}<>&#+!~$^-\\:/.w@=;'\"\u2028\0\u202e\u200b"), max_size=60)
ANY = st.one_of(MARKUP, st.text(max_size=60))


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>", "[click](http://evil.example) ![i](http://evil.example/x.png)",
    "https://evil.example www.evil.example ann@evil.example @octocat", "a | b || c", "**bold** _it_ ~~gone~~ `code` ``", "# head",
    "- list", "+ list", "1. one", "12) two", "> quote", "\u202eevil\u202c \u200bzero", "&lt;b&gt; &amp; &#60;b&#62;",
    "javascript:alert(1) data:text/html;base64,xx", "[ref]: http://evil.example 'x'", "[^1] :joy: :+1: $x^2$ ==m==",
    "\\ \\| \\\\| C:\\dir\\*", "<!-- c --> <div markdown=1>", "```\nfence\n```", "---", "- - -", "***", "===", "-", "1.",
    "| a |\n|---|\n| b |", "    indented", "\ttab", "* * *", "a  \nb",
)  # fmt: skip


def drawn(markdown: str) -> str:
    """HTML as CommonMark with tables, strikethrough and HTML draws it."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown)


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_of_every_kind_is_drawn_as_it_is(text: str) -> None:
    alone_in_a_cell(text)
    alone_in_a_list(text)


@examples(200)
@given(ANY)
def test_any_text_is_drawn_as_it_is(text: str) -> None:
    alone_in_a_cell(text)
    alone_in_a_list(text)


def alone_in_a_cell(text: str) -> None:
    page = drawn(f"| a | b |\n|---|---|\n{row(escape(text, 10**4), 'end')}\n")
    cells = re.findall(r"<td>(.*?)</td>", page, re.DOTALL)
    assert [html.unescape(cell).removesuffix("\u2002") for cell in cells] == [visible(text), "end"]
    assert set(re.findall(r"<(/?\w+)", page)) <= {
        f"{end}{tag}" for end in ("", "/") for tag in ["table", "thead", "tbody", "tr", "th", "td"]
    }


def alone_in_a_list(text: str) -> None:
    page = drawn(f"before\n\n- {escape(text, 10**4)}\n- end\n")
    shown = visible(text)
    assert html.unescape(page) == f"<p>before</p>\n<ul>\n<li>{shown}</li>\n<li>end</li>\n</ul>\n"


@examples(200)
@given(ANY)
def test_nothing_hidden_no_link_and_no_mention_is_left(text: str) -> None:
    cell = escape(text)
    assert not [c for c in cell if unicodedata.category(c)[0] == "C" or unicodedata.category(c) in ("Zl", "Zp")]
    assert not re.search(r"://|www\.|@", cell, re.IGNORECASE)
    cell.encode()


def test_escape_examples() -> None:
    assert escape("a | b") == r"a \| b"
    assert escape("<script>x</script> & co") == "&lt;script&gt;x&lt;/script&gt; &amp; co"
    assert escape("[x](http://evil.example)") == r"\[x\]\(http&#58;//evil.example\)"
    assert escape("see WWW.evil.example") == "see WWW&#46;evil.example"
    assert escape("ann@example.org") == "ann&#64;example.org"
    assert escape("x" * 100, 10) == "xxxxxxx..."
    assert escape("LOC:city, 14:03") == "LOC:city, 14:03"
    assert escape(":joy: :+1:") == "&#58;joy: &#58;+1:"
    assert escape("1. one") == r"1\. one"
    assert escape("-0.3 of 3.5") == "-0.3 of 3.5"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200bb", "a‹U+200B›b"),
        ("\u202egpj.exe", "‹U+202E›gpj.exe"),
        ("a\u2066b\u2069", "a‹U+2066›b‹U+2069›"),
        ("a\ud800b", "a‹U+D800›b"),
        ("a\u3164b\ufe0fc", "a‹U+3164›b‹U+FE0F›c"),
        ("a\x00\x1b[1mb", "a‹U+0000›‹U+001B›[1mb"),
        ("\U000e0041", "‹U+E0041›"),
        ("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "‹U+0301›" * 2),
        ("naïve Straße, 東京, สวัสดี, 😀", "naïve Straße, 東京, สวัสดี, 😀"),
    ],
)
def test_what_hides_or_steers_is_shown_by_its_number(text: str, shown: str) -> None:
    assert visible(text) == shown


@examples(200)
@given(ANY, ANY, ANY)
def test_answers_that_differ_look_different(truth: str, champion: str, candidate: str) -> None:
    cells = answers(truth, champion, candidate)
    if champion != candidate:
        assert unicodedata.normalize("NFC", cells[1]) != unicodedata.normalize("NFC", cells[2])
    else:
        assert cells[1] == cells[2]


def test_answers_that_differ_late_or_in_blanks_look_different() -> None:
    same = "the same beginning of a long answer, "
    assert answers(f"{same}right", f"{same}wrong", f"{same}right")[1:] == ["...g answer, wrong", "...g answer, right"]
    assert answers("a b", "a  b", "a b") == ["a␣b", "a␣␣b", "a␣b"]
    assert answers("é", "e\u0301", "é")[1:] == ["e‹U+0301›", "‹U+00E9›"]
    assert answers("yes", "no", "yes") == ["yes", "no", "yes"]
