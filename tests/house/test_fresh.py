"""What asks for both factors again: publishing, exporting proof, changing ways in, helping somebody in, administering."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from elus.identity.models import Session
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.gate import FRESH
from tests.conftest import Browser
from tests.house.doors import UNPROVEN, World, build, contents
from tests.house.test_doors import DOORS, Door, _named, _one_of_each

FRESH_DOORS = {
    ("convocations.publish", "POST"),
    ("convocations.change", "POST"),
    ("convocations.cancel", "POST"),
    ("convocations.export", "GET"),
    ("admin.seen", "POST"),
    ("admin.all_accounts", "GET"),
    ("admin.suspend", "POST"),
    ("admin.resume", "POST"),
    ("admin.end_sessions", "POST"),
    ("admin.end_all_sessions", "POST"),
    ("organizations.rescue", "GET"),
    ("organizations.rescue", "POST"),
    ("organizations.second_rescue", "POST"),
    ("organizations.cancel_rescue", "POST"),
    ("organizations.unlock", "POST"),
    ("organizations.ask_letters", "POST"),
    ("organizations.take_letters", "POST"),
    ("identity.add_passkey", "POST"),
    ("identity.passkey_options", "POST"),
    ("journal.export", "GET"),
    ("organizations.ask_letters", "POST"),
    ("organizations.take_letters", "POST"),
    ("identity.add_way", "GET"),
    ("identity.change_password", "GET"),
    ("identity.change_password", "POST"),
    ("identity.change_code", "GET"),
    ("identity.change_code", "POST"),
    ("identity.renew_codes", "POST"),
    ("identity.remove_passkey", "POST"),
    ("identity.lost_device", "POST"),
    ("identity.close_session", "POST"),
    ("identity.leave_others", "POST"),
    ("identity.leave_all", "POST"),
    ("identity.link_provider", "POST"),
    ("identity.confirm_provider", "POST"),
    ("identity.unlink_provider", "POST"),
}
"""Every door of the kind, by endpoint and method."""

BY_GATE = {("identity.add_passkey", "POST"), ("identity.passkey_options", "POST")}
"""The gate itself asks: it also lets through whoever sets an account up, who has no session yet."""

LEFT_OPEN = {
    ("identity.passkey", "POST"): "a name opens and closes nothing",
    ("identity.device", "POST"): "a name opens and closes nothing",
    ("convocations.withdraw", "POST"): "within sixty seconds of publishing: stopping must not wait",
    ("convocations.print_batch", "GET"): "letters to print prove nothing",
    (
        "calendars.renew",
        "POST",
    ): "an address that gives dates and public titles opens no door; the former one dies at once",
    ("calendars.revoke", "POST"): "stopping must not wait",
    ("meetings.announce", "POST"): "a date and a place, nothing that convenes; it can be withdrawn",
}
"""Doors that look alike and do not ask, each for its reason."""

CLOSED_HERE = {"identity.link_provider", "identity.confirm_provider", "identity.unlink_provider"}
"""Hidden from everybody while no identity provider is set; tried with one in tests/identity/test_provider_link.py."""


def _asking(app: Flask) -> set[tuple[str, str]]:
    """What really asks, from the marks the decorators leave."""
    found = set()
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if hasattr(view, "fresh_proof") or (hasattr(view, "fresh_act") and method != "GET"):
                found.add((rule.endpoint, method))
    return found


@pytest.mark.asvs("V7.5.3")
def test_the_list_is_what_the_routes_do(app: Flask) -> None:
    asking = _asking(app)
    assert asking - FRESH_DOORS == set(), "these doors ask for a fresh proof: write them here"
    assert FRESH_DOORS - BY_GATE - asking == set(), "these doors no longer ask for a fresh proof"
    assert not FRESH_DOORS & set(LEFT_OPEN)


@pytest.mark.asvs("V7.5.3")
def test_no_act_of_an_administrator_or_upon_one_s_ways_in_is_forgotten(app: Flask) -> None:
    """A POST under /administration or /compte/securite, and every table for a spreadsheet, asks or says why not."""
    forgotten = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if (method != "GET" and rule.rule.startswith(("/administration", "/compte/securite")))
        or rule.rule.endswith(".csv")
    }
    assert forgotten - FRESH_DOORS - set(LEFT_OPEN) == set()


def _grow_stale(world: World) -> None:
    with transaction():
        db.session.execute(update(Session).values(fresh_at=clock.now() - FRESH - timedelta(seconds=1)))


TRIED = [door for door in DOORS if door.key in FRESH_DOORS and door.endpoint not in CLOSED_HERE]


@pytest.mark.asvs("V7.5.3")
@pytest.mark.parametrize("door", TRIED, ids=_named)
def test_after_ten_minutes_the_proof_is_asked_and_nothing_has_happened(
    app: Flask, sign_in: Callable[..., Browser], door: Door
) -> None:
    state = next(state for state in ("published", "announced", "draft") if door.opens[state])
    world = build(app, sign_in, state)
    people = _one_of_each(
        {who: answer for who, answer in door.opens[state].items() if who not in UNPROVEN and answer != 404}
    )
    for who in people:
        world.browsers[who].get("/affichage")
    _grow_stale(world)
    before = contents()
    for who in people:
        answer = world.ask(who, door.method, world.url(door.path), **door.options())
        assert answer.status_code == 403, (door.key, who)
        assert "C’est bien vous" in answer.text
    assert contents() == before


def test_who_may_not_act_is_not_asked_either(app: Flask, sign_in: Callable[..., Browser]) -> None:
    """The gate comes first: a proof asked would tell what exists."""
    world = build(app, sign_in, "published")
    _grow_stale(world)
    for door in TRIED:
        for who in ("stranger", "outsider", "other_secretary"):
            if who not in door.opens["published"]:
                expected: Any = door.expected("published", who)
                assert world.ask(who, door.method, world.url(door.path), **door.options()).status_code == expected
