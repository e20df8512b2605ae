"""What a supervisor sees."""

from tests.conftest import Browser


def test_a_running_portal_answers_without_saying_anything(browser: Browser) -> None:
    answer = browser.get("/healthz", headers={"Host": "10.0.0.1:8000"})
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert "Set-Cookie" not in answer.headers
