"""Write docs/reference.md from the code: python docs/reference.py; --check says whether it is current."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click

from components.cli import COMMANDS, perdure
from components.commands.common import shared
from components.errors import EXIT_CODES
from components.learning.method import Method, known_kinds
from components.settings import Section, Settings

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# Reference

Generated from the code by `docs/reference.py` (`make docs`); a test checks that it is current. The README explains; this page
lists.
"""
AXES = {"regime": "regime", "head": "head", "rehearsal": "rehearsal", "regularizer": "regularizers", "routing": "routing"}
AXES["optimizer"] = "optimizer"
YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def render() -> str:
    """The page."""
    return "\n".join([HEAD, *commands(), *settings(), *kinds(), *exit_codes()]) + "\n"


def commands() -> Iterator[str]:
    """Every command with its options; those that all share are listed once."""

    @click.command()
    @shared
    def every(call: object) -> None: ...

    common = {str(option.name) for option in every.params}
    yield "## Commands\n"
    yield "Every command takes these options, except `erase` and `study`, which come later:\n"
    yield from options(every.params)
    for name in COMMANDS:
        command = perdure.get_command(click.Context(perdure), name)
        if isinstance(command, click.Group):
            yield f"### perdure {name}\n\n{prose(command.help)}\n"
            for inner in command.commands.values():
                yield from one_command(f"{name} {inner.name}", inner, common, "####")
        elif command is not None:
            yield from one_command(name, command, common, "###")


def one_command(name: str, command: click.Command, common: set[str], level: str) -> Iterator[str]:
    """A heading with its arguments, what it does, and its own options."""
    context = click.Context(command)
    arguments = [parameter.make_metavar(context) for parameter in command.params if isinstance(parameter, click.Argument)]
    yield f"{level} perdure {' '.join([name, *arguments])}\n"
    yield f"{prose(command.help)}\n"
    yield from options([parameter for parameter in command.params if parameter.name not in common])


def options(parameters: list[click.Parameter]) -> Iterator[str]:
    """A table of the options that are not hidden."""
    shown = [option for option in parameters if isinstance(option, click.Option) and not option.hidden]
    if not shown:
        return
    yield "| option | meaning |\n|---|---|"
    for option in shown:
        names = " / ".join([", ".join(option.opts), *option.secondary_opts])
        takes = [] if option.is_flag else [option.make_metavar(click.Context(perdure))]
        default = f" Default: {option.default}." if option.show_default else ""
        needed = " Required." if option.required else ""
        yield f"| `{cell(' '.join([names, *takes]))}` | {cell(option.help or '')}{needed}{default} |"
    yield ""


def settings() -> Iterator[str]:
    """Every setting of params.yaml."""
    yield "## Settings\n"
    yield "Set them in `params.yaml`, or for one call with `--set SECTION.NAME=VALUE`.\n"
    for name, field in Settings.model_fields.items():
        value = field.get_default(call_default_factory=True)
        if isinstance(value, Section):
            yield f"### {name}\n\n{prose(type(value).__doc__)}\n"
            yield from fields(type(value), f"{name}.")
        else:
            said = cell(field.description or "")
            yield f"### {name}\n\n{said[:1].upper()}{said[1:]}. Default: `{plain(value)}`.\n"


def fields(section: type[Section], prefix: str = "", only: Iterable[str] | None = None) -> Iterator[str]:
    """A table of the settings of a section or a method."""
    chosen = [name for name in section.model_fields if only is None or name in only]
    if not chosen:
        return
    yield "| setting | default | meaning |\n|---|---|---|"
    for name in chosen:
        field = section.model_fields[name]
        value = field.get_default(call_default_factory=True)
        yield f"| `{prefix}{name}` | `{cell(plain(value))}` | {cell(field.description or '')} |"
    yield ""


def kinds() -> Iterator[str]:
    """Every method of this package, by axis."""
    yield "## Methods\n"
    yield "A recipe names one kind per axis, and any number of regularizers. Settings of a kind are written beside `kind`.\n"
    for axis, key in AXES.items():
        methods = {kind: method for (of, kind), method in sorted(known_kinds().items()) if of == axis and ours(method)}
        shared_by_all = set.intersection(*({*map(repr, method.model_fields.items())} for method in methods.values()))
        first = next(iter(methods.values()))
        common = {name for name, field in first.model_fields.items() if repr((name, field)) in shared_by_all}
        yield f"### learning.{key}\n"
        if common:
            yield "Every kind takes:\n"
            yield from fields(first, only=common)
        for kind, method in methods.items():
            yield f"#### {kind}\n\n{what(method)}\n"
            yield from fields(method, only=method.model_fields.keys() - common)


def what(method: type[Method]) -> str:
    """The first paragraph of its file (of its class, if the file has two), and the paper if that does not name it."""
    module, own = sys.modules[method.__module__].__doc__ or "", method.__doc__ or ""
    alone = sum(other.__module__ == method.__module__ for other in known_kinds().values()) == 1
    first = prose(module if alone else own)
    noted = re.findall(r"\(([A-Z][^()]*)\)", " ".join(f"{module} {own}".split()))
    papers = [found for found in noted if YEAR.search(found)]
    return first if not papers or YEAR.search(first) else f"{first} Paper: {cell(papers[0])}."


def ours(method: type[Method]) -> bool:
    """Not one that an installed package or a test registered."""
    return method.__module__.startswith("components.")


def exit_codes() -> Iterator[str]:
    """What each exit code means."""
    yield "## Exit codes\n"
    yield "| code | when |\n|---|---|"
    yield from (f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items())


def prose(text: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return cell(cleandoc(text or "").split("\n\n")[0])


def cell(text: str) -> str:
    """The text on one line, without anything that ends a table cell or is read as markup."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def plain(value: Any) -> str:
    """A default as YAML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {plain(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(plain, value)) + "]"
    words = {"True": "true", "False": "false", "None": "null"}
    return words.get(str(value), str(value))


if __name__ == "__main__":
    page = render()
    if "--check" not in sys.argv:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page:
        sys.exit("docs/reference.md is not what the code says: run `make docs`.")
