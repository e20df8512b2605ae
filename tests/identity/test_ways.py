"""Which ways in suffice, and which may go."""

import pytest

from elus.identity.ways import Ways, why_kept


@pytest.mark.parametrize(
    ("ways", "state"),
    [
        (Ways(), "one_way"),
        (Ways(passkeys=1), "one_way"),
        (Ways(password=True, code=True), "one_way"),
        (Ways(password=True, recovery=8), "one_way"),
        (Ways(passkeys=1, recovery=8), "one_way"),  # a printed code comes after a password
        (Ways(passkeys=1, password=True), "one_way"),
        (Ways(passkeys=2), "protected"),
        (Ways(passkeys=1, password=True, code=True), "protected"),
        (Ways(passkeys=1, password=True, recovery=8), "protected"),
        (Ways(password=True, code=True, recovery=8), "protected"),
        (Ways(password=True, code=True, recovery=2), "few_codes"),
        (Ways(passkeys=1, password=True, recovery=1), "few_codes"),
        (Ways(passkeys=2, password=True, code=True, recovery=1), "protected"),
    ],
    ids=str,
)
def test_an_account_is_protected_by_two_ways_that_do_not_fall_together(ways: Ways, state: str) -> None:
    assert ways.state == state


@pytest.mark.parametrize(
    ("ways", "keeping", "why"),
    [
        (Ways(passkeys=1), 0, "last_way"),
        (Ways(passkeys=1, password=True, recovery=8), 0, "last_way"),  # eight entries, then nothing
        (Ways(passkeys=1, password=True), 0, "last_way"),
        (Ways(passkeys=1, password=True, code=True), 0, None),
        (Ways(passkeys=1, password=True, code=True), 1, "passkey_needed"),
        (Ways(passkeys=2), 0, None),
        (Ways(passkeys=2), 1, None),
    ],
    ids=str,
)
def test_the_last_way_in_never_goes(ways: Ways, keeping: int, why: str | None) -> None:
    assert why_kept(ways, keeping=keeping) == why
