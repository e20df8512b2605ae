"""Every act of the journal is in the closed list, has a sentence, and is in a family one can look for."""

import ast
from collections.abc import Iterator

import pytest
from flask import Flask

from elus.admin.journal.asked import FAMILIES
from elus.admin.journal.lines import Detail, Line, Mark
from elus.kernel import journal
from elus.kernel.journal import ACTIONS, ALARMS
from tests.conftest import AT
from tests.house.test_rules import CODE


def _written() -> Iterator[tuple[str, ast.expr]]:
    """The first argument of every `journal.write(…)`, and of the functions that pass theirs on to it."""
    for path in CODE:
        tree = ast.parse(path.read_text())
        passing = {
            (node.name, [argument.arg for argument in node.args.args].index(call.args[0].id))
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            for call in ast.walk(node)
            if _is_write(call) and isinstance(call.args[0], ast.Name)
        }
        for call in ast.walk(tree):
            if _is_write(call) and not isinstance(call.args[0], ast.Name):
                yield path.name, call.args[0]
            for name, place in passing:
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == name:
                    yield path.name, call.args[place]


def _is_write(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "write"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "journal"
    )


def test_every_act_written_is_one_of_the_list() -> None:
    written = set()
    for where, act in _written():
        values = [act.body, act.orelse] if isinstance(act, ast.IfExp) else [act]
        for value in values:
            assert isinstance(value, ast.Constant), f"{where}: name the act plainly"
            written.add(value.value)
    assert written <= ACTIONS, f"add to elus/kernel/journal.py: {written - ACTIONS}"


def test_an_act_that_is_not_of_the_list_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="rewritten"):
        journal.write("rewritten", "mail", at=AT)  # type: ignore[arg-type]


def test_every_act_has_its_family() -> None:
    assert set().union(*FAMILIES.values()) == ACTIONS
    assert set(FAMILIES["alarmes"]) >= ALARMS


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_act_has_its_sentence_even_when_nothing_is_known_of_it(app: Flask, action: str) -> None:
    sentence = app.jinja_env.get_template("parts/journal.html").module.sentence  # type: ignore[attr-defined]
    bare = Line(Mark(AT, None), action, True, None, None, None, None, None, "")  # type: ignore[arg-type]
    told = str(sentence(bare))
    by_itself = told.startswith("Le portail a ")
    assert by_itself or told.startswith("Une personne dont le compte n’existe plus a "), told
    assert told.endswith("."), told
    assert "None" not in told
    assert "<" not in told
    by_name = Line(Mark(AT, None), action, True, "Mme D.", "M. B.", None, None, None, "", Detail())  # type: ignore[arg-type]
    assert str(sentence(by_name)).startswith("Le portail a " if by_itself else "Mme D. a ")
    portal = Line(Mark(AT, None), action, False, None, None, None, None, None, "")  # type: ignore[arg-type]
    assert str(sentence(portal)).startswith("Le portail a ")
    mine = Line(Mark(AT, None), action, True, "Mme D.", "Mme D.", None, None, None, "", mine=True, about_me=True)  # type: ignore[arg-type]
    assert by_itself or str(sentence(mine)).startswith("Vous avez ")
    assert not {"son", "ses"} & set(str(sentence(mine)).split())
