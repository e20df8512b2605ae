"""Where one stands, by what one has: a way in, then a safety net, then the account opens."""

from itertools import product

import pytest

from elus.identity.steps import Step, Ways, next_step


@pytest.mark.parametrize(
    ("ways", "step"),
    [
        (Ways(), Step.WAY),
        (Ways(password=True), Step.CODE),
        (Ways(password=True, code=True), Step.NET),
        (Ways(password=True, code=True, printed=8), Step.READY),
        (Ways(passkeys=1), Step.NET),
        (Ways(passkeys=1, password=True), Step.NET),
        (Ways(passkeys=1, password=True, printed=1), Step.READY),
        (Ways(passkeys=1, password=True, code=True), Step.READY),
        (Ways(passkeys=2), Step.READY),
        (Ways(passkeys=1, printed=8), Step.NET),  # codes alone open nothing
        (Ways(password=True, code=True, printed=8, needs_passkey=True), Step.WAY),
        (Ways(password=True, needs_passkey=True), Step.WAY),
        (Ways(passkeys=1, password=True, printed=8, needs_passkey=True), Step.READY),
    ],
)
def test_each_state_has_one_step(ways: Ways, step: Step) -> None:
    assert next_step(ways) is step


@pytest.mark.asvs("V6.3.2")
def test_nothing_opens_with_one_factor_or_without_a_net() -> None:
    for passkeys, password, code, printed, staff in product(
        (0, 1, 2), (False, True), (False, True), (0, 8), (False, True)
    ):
        ways = Ways(passkeys, password, code, printed, staff)
        if next_step(ways) is Step.READY:
            assert passkeys or (password and code and not staff)
            assert passkeys > 1 or password
