"""Which ways in suffice, and which may go."""

import pytest

from elus.identity.ways import Ways, why_kept


@pytest.mark.parametrize(
    ("ways", "state"),
    [
        (Ways(), "one_way"),
        (Ways(passkeys=1), "one_way"),
        (Ways(password=True, code=True), "one_way"),
        (Ways(password=True, printed=8), "one_way"),
        (Ways(passkeys=1, printed=8), "one_way"),  # a printed code comes after a password
        (Ways(passkeys=1, password=True), "one_way"),
        (Ways(passkeys=2), "protected"),
        (Ways(passkeys=1, password=True, code=True), "protected"),
        (Ways(passkeys=1, password=True, printed=8), "protected"),
        (Ways(password=True, code=True, printed=8), "protected"),
        (Ways(password=True, code=True, printed=2), "few_codes"),
        (Ways(passkeys=1, password=True, printed=1), "few_codes"),
        (Ways(passkeys=2, password=True, code=True, printed=1), "protected"),
        (Ways(passkeys=1, password=True, code=True, printed=8, needs_passkey=True), "one_way"),
        (Ways(passkeys=2, needs_passkey=True), "protected"),
    ],
    ids=str,
)
def test_an_account_is_protected_by_two_ways_that_do_not_fall_together(ways: Ways, state: str) -> None:
    assert ways.state == state


@pytest.mark.parametrize(
    ("ways", "why"),
    [
        (Ways(passkeys=1), "last_way"),
        (Ways(passkeys=1, password=True, printed=8), "last_way"),  # eight entries, then nothing
        (Ways(passkeys=1, password=True), "last_way"),
        (Ways(passkeys=1, password=True, code=True), None),
        (Ways(passkeys=1, password=True, code=True, needs_passkey=True), "passkey_needed"),
        (Ways(passkeys=2), None),
        (Ways(passkeys=2, needs_passkey=True), None),
    ],
    ids=str,
)
def test_the_last_way_in_never_goes(ways: Ways, why: str | None) -> None:
    assert why_kept(ways) == why
