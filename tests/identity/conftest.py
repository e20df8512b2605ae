"""A portal that knows an identity provider, and somebody linked there."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from elus.identity.models import ExternalIdentity
from elus.identity.provider import discovery
from elus.kernel import clock
from elus.organizations.models import Person
from tests import factories as make
from tests.identity import oidc
from tests.identity.oidc import ACR, CLIENT, SECRET, IdentityProvider


@pytest.fixture
def provider(app: Flask) -> Iterator[IdentityProvider]:
    """A provider that runs, and a portal that knows it."""
    before = app.extensions["elus.settings"]
    with oidc.running(IdentityProvider()) as house:
        discovery.forget()
        app.extensions["elus.settings"] = replace(
            before,
            oidc_issuer=house.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret=SECRET,
            oidc_acr=(ACR, "eidas2"),
            oidc_name="ProConnect",
        )
        yield house
        app.extensions["elus.settings"] = before
        discovery.forget()


@pytest.fixture
def member(provider: IdentityProvider) -> Person:
    """Somebody whose account is linked there."""
    somebody = make.member()
    link(somebody, provider)
    return somebody


def link(somebody: Person, provider: IdentityProvider, subject: str | None = None) -> None:
    make.saved(
        ExternalIdentity(
            user_id=make.account(somebody).id,
            issuer=provider.issuer,
            subject=subject or provider.subject,
            linked_at=clock.now(),
        )
    )
