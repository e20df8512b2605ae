"""Every door has one gate."""

import pytest
from flask import Flask

from elus.kernel.gate import insist_on_gates


def test_a_route_without_a_gate_does_not_start() -> None:
    app = Flask("bare", static_folder=None)
    app.add_url_rule("/porte", "porte", lambda: "entrez")
    with pytest.raises(RuntimeError, match="porte"):
        insist_on_gates(app)
