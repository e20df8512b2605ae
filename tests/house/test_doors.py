"""Every door, tried by everybody: the table of routes, people and answers; a route it does not know fails."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from tests.house.doors import PEOPLE, SEATED, SETTING_UP, SIGNED_IN, STATES, UNPROVEN, World, build, contents

MEETING = "/reunions/{meeting}"
DRAFT = "/secretariat/reunions/{meeting}"
FACTS = {"title": "Conseil", "day": "2027-12-15", "hour": "18:30", "place": "Salle", "revision": "99"}
ITEM = {"title": "Tarifs", "kind": "deliberation", "visibility": "members", "revision": "99"}
FORM = {"content_type": "multipart/form-data"}

OK, SEE_OTHER, FOUND = 200, 303, 302


@dataclass(frozen=True)
class Door:
    """One method of one route: who it opens for in each state of the meeting, and what they are answered."""

    endpoint: str
    method: str
    path: str
    opens: dict[str, dict[str, int]]  # state → person → answer; anybody else is told nothing (404) or to sign in
    send: dict[str, Any] | None = None
    public: bool = False  # a stranger gets an answer of its own, given in `opens`

    @property
    def key(self) -> tuple[str, str]:
        return self.endpoint, self.method

    def expected(self, state: str, who: str) -> int:
        """What this person is answered in this state."""
        if who in self.opens[state]:
            return self.opens[state][who]
        if who in UNPROVEN:
            return FOUND if self.method == "GET" else SEE_OTHER
        return 404

    def options(self) -> dict[str, Any]:
        """What the request carries; streams are new each time."""
        sent = dict(self.send or {})
        if callable(sent.get("data")):
            sent["data"] = sent["data"]()
        return sent


def _all(people: Any, answer: int) -> dict[str, int]:
    return dict.fromkeys(people, answer)


def _always(*answers: dict[str, int]) -> dict[str, dict[str, int]]:
    """The same in every state of the meeting."""
    return {state: {who: code for each in answers for who, code in each.items()} for state in STATES}


def anybody(endpoint: str, path: str, answer: int = OK, method: str = "GET", **send: Any) -> Door:
    return Door(endpoint, method, path, _always(_all(PEOPLE, answer)), send, public=True)


def somebody(endpoint: str, path: str, answer: int = OK, method: str = "GET", **send: Any) -> Door:
    return Door(endpoint, method, path, _always(_all(SIGNED_IN, answer)), send)


def only(people: set[str], endpoint: str, path: str, answer: int = OK, method: str = "GET", **send: Any) -> Door:
    return Door(endpoint, method, path, _always(_all(people, answer)), send)


def draft(endpoint: str, path: str, *answers: int, method: str = "GET", **send: Any) -> Door:
    """The secretariat of the meeting alone; one answer, or one for each state."""
    each = answers * 3 if len(answers) == 1 else answers
    opens = {state: {"secretary": answer} for state, answer in zip(STATES, each, strict=True)}
    return Door(endpoint, method, DRAFT + path, opens, send)


def reader(endpoint: str, path: str, opens: dict[str, dict[str, int]], method: str = "GET", **send: Any) -> Door:
    return Door(endpoint, method, MEETING + path, {**_always(), **opens}, send)


SECRETARY = {"secretary": OK}
SEEN = {
    "draft": SECRETARY,
    "announced": {**SECRETARY, **_all(SEATED, OK)},
    "published": {**SECRETARY, **_all(SEATED, OK)},
}
READ = {"draft": SECRETARY, "announced": SECRETARY, "published": {**SECRETARY, **_all(SEATED, OK)}}
SEALED = {"published": {**SECRETARY, **_all(SEATED, OK)}}
CONVENED = {"published": _all(SEATED, SEE_OTHER)}
SECRETARIES = {"secretary", "other_secretary"}

DOORS = [
    anybody("pages.help", "/aide"),
    anybody("pages.accessibility", "/accessibilite"),
    anybody("pages.privacy", "/donnees-personnelles"),
    anybody("pages.ecodesign", "/ecoconception"),
    anybody("pages.legal", "/mentions-legales"),
    anybody("pages.sitemap", "/plan-du-site"),
    anybody("pages.display", "/affichage"),
    anybody("pages.display", "/affichage", SEE_OTHER, "POST", data={"theme": "dark", "size": "125"}),
    anybody("pages.robots", "/robots.txt"),
    anybody("pages.favicon", "/favicon.ico", FOUND),
    anybody("ops.health", "/healthz"),
    anybody("static_file", "/static/{release}/elus.css"),
    anybody("calendars.feed", "/agenda/{feed}.ics"),
    anybody("identity.arrive", "/bienvenue"),
    anybody("identity.arrive", "/bienvenue", 422, "POST"),
    anybody("identity.welcome", "/bienvenue/{token}"),
    anybody("identity.welcome", "/bienvenue/{token}", FOUND, "POST"),
    anybody("identity.renew", "/bienvenue/{token}/nouveau", FOUND, "POST"),
    anybody("identity.trouble", "/connexion/aide"),
    anybody("identity.lost_tablet", "/connexion/tablette-perdue"),
    *(
        anybody(endpoint, path, answer, method)
        for endpoint, path in (
            ("identity.forgotten", "/connexion/mot-de-passe-oublie"),
            ("identity.reset", "/connexion/nouveau-mot-de-passe/{reset}"),
            ("identity.rescue", "/connexion/depannage"),
        )
        for method, answer in (("GET", OK), ("POST", 422))
    ),
    anybody("identity.sign_out", "/deconnexion", SEE_OTHER, "POST"),
    *(  # closed while no identity provider is set: tried open in tests/identity
        anybody(endpoint, path, 404, method)
        for endpoint, path, method in (
            ("identity.provider", "/connexion/fournisseur", "POST"),
            ("identity.provider_return", "/connexion/fournisseur/retour", "GET"),
            ("identity.link_provider", "/compte/securite/fournisseur", "POST"),
            ("identity.confirm_provider", "/compte/securite/fournisseur/relier", "POST"),
            ("identity.unlink_provider", "/compte/securite/fournisseur/retirer", "POST"),
            ("identity.provider_left", "/deconnexion/fournisseur", "GET"),
            ("identity.provider_sign_out", "/deconnexion/fournisseur/suite", "GET"),
        )
    ),
    anybody("identity.unlock", "/connexion/appareil", SEE_OTHER, "POST"),
    anybody("identity.unlock_options", "/connexion/appareil/demande", OK, "POST"),
    *(
        Door(endpoint, "POST", path, _always(_all(SIGNED_IN, answer), _all(SETTING_UP, answer)))
        for endpoint, path, answer in (
            ("identity.passkey_options", "/compte/securite/appareils/demande", OK),
            ("identity.add_passkey", "/compte/securite/appareils/ajouter", SEE_OTHER),
        )
    ),
    somebody("identity.proof_options", "/connexion/confirmer/demande", OK, "POST"),
    *(
        somebody(endpoint, path, SEE_OTHER, method)
        for endpoint, path in (
            ("identity.prove", "/connexion/confirmer"),
            ("identity.insist", "/connexion/appareil/obligatoire"),
        )
        for method in ("GET", "POST")
    ),
    Door("identity.sign_in", "GET", "/connexion", _always(_all(UNPROVEN, OK), _all(SIGNED_IN, FOUND))),
    Door(
        "identity.sign_in",
        "POST",
        "/connexion",
        _always(_all(UNPROVEN, 422), _all(SIGNED_IN, FOUND)),
    ),
    *(
        Door(endpoint, method, path, _always(_all(SIGNED_IN, away), _all(who, answer)), {})
        for endpoint, path, who, get, post in (
            ("identity.code", "/connexion/code", {"halfway"}, OK, 422),
            ("identity.recovery", "/connexion/secours", {"halfway"}, OK, 422),
            ("identity.password", "/bienvenue/mot-de-passe", SETTING_UP, OK, 422),
            ("identity.confirm", "/bienvenue/code", SETTING_UP, SEE_OTHER, SEE_OTHER),
            ("identity.codes", "/bienvenue/codes-de-secours", SETTING_UP, SEE_OTHER, SEE_OTHER),
        )
        for method, answer, away in (("GET", get, FOUND), ("POST", post, SEE_OTHER))
    ),
    *(
        Door(endpoint, "GET", path, _always(_all(SIGNED_IN, FOUND), _all(SETTING_UP, answer)), {})
        for endpoint, path, answer in (
            ("identity.resume", "/bienvenue/suite", SEE_OTHER),
            ("identity.way", "/bienvenue/connexion", OK),
            ("identity.net", "/bienvenue/filet", SEE_OTHER),
        )
    ),
    Door(
        "identity.finish", "POST", "/bienvenue/pret", _always(_all(SIGNED_IN, SEE_OTHER), _all(SETTING_UP, SEE_OTHER))
    ),
    somebody("identity.icon", "/bienvenue/icone"),
    somebody("identity.text", "/bienvenue/texte"),
    somebody("identity.text", "/bienvenue/texte", SEE_OTHER, "POST", data={"theme": "auto", "size": "125"}),
    somebody("identity.calendar", "/bienvenue/agenda"),
    somebody("identity.calendar", "/bienvenue/agenda", SEE_OTHER, "POST"),
    somebody("identity.ready", "/bienvenue/pret"),
    somebody("identity.recovered", "/connexion/secours/reste"),
    somebody("identity.account", "/compte"),
    somebody("identity.security", "/compte/securite"),
    somebody("identity.own_journal", "/compte/securite/journal"),
    somebody("identity.stranger", "/compte/securite/connexion-inconnue"),
    somebody("identity.add_way", "/compte/securite/ajouter"),
    somebody("identity.leave_others", "/compte/securite/autres-appareils", SEE_OTHER, "POST"),
    somebody("identity.leave_all", "/compte/securite/tous-les-appareils", SEE_OTHER, "POST"),
    somebody("identity.change_password", "/compte/securite/mot-de-passe"),
    somebody("identity.change_password", "/compte/securite/mot-de-passe", SEE_OTHER, "POST"),
    somebody("identity.change_code", "/compte/securite/code"),
    somebody("identity.change_code", "/compte/securite/code", SEE_OTHER, "POST"),
    somebody("identity.renew_codes", "/compte/securite/codes-de-secours"),
    somebody("identity.renew_codes", "/compte/securite/codes-de-secours", SEE_OTHER, "POST"),
    only({"member"}, "identity.passkey", "/compte/securite/moyens/{passkey}"),
    only({"member"}, "identity.passkey", "/compte/securite/moyens/{passkey}", 422, "POST"),
    only({"member"}, "identity.remove_passkey", "/compte/securite/moyens/{passkey}/retirer"),
    only({"member"}, "identity.remove_passkey", "/compte/securite/moyens/{passkey}/retirer", SEE_OTHER, "POST"),
    only({"member"}, "identity.device", "/compte/securite/appareils/{device}"),
    only({"member"}, "identity.device", "/compte/securite/appareils/{device}", 422, "POST"),
    only({"member"}, "identity.lost_device", "/compte/securite/appareils/{device}/perdu"),
    only({"member"}, "identity.lost_device", "/compte/securite/appareils/{device}/perdu", SEE_OTHER, "POST"),
    only({"member"}, "identity.close_session", "/compte/securite/connexions/{session}/fermer", SEE_OTHER, "POST"),
    somebody("calendars.mine", "/compte/agenda"),
    somebody("calendars.renew", "/compte/agenda/adresse", SEE_OTHER, "POST"),
    somebody("calendars.revoke", "/compte/agenda/arreter", SEE_OTHER, "POST"),
    Door(
        "home.desk",
        "GET",
        "/",
        _always(_all(SIGNED_IN, OK), _all(SECRETARIES | {"administrator"}, FOUND)),
    ),
    somebody("meetings.index", "/reunions"),
    only({"administrator"}, "admin.index", "/administration"),
    only(SECRETARIES | {"administrator"}, "journal.index", "/journal"),
    only(SECRETARIES | {"administrator"}, "journal.export", "/journal.csv"),
    only({"administrator"}, "admin.seen", "/administration/alarmes/{alarm}/vue", FOUND, "POST"),
    only(SECRETARIES, "home.secretariat", "/secretariat"),
    only(SECRETARIES, "organizations.people", "/secretariat/personnes"),
    only({"secretary"}, "organizations.invite", "/secretariat/personnes/{person}/invitation", SEE_OTHER, "POST"),
    only(
        {"secretary"},
        "organizations.invite_missing",
        "/secretariat/assemblees/{organization}/invitations",
        SEE_OTHER,
        "POST",
    ),
    *(
        only({"secretary"}, f"organizations.{endpoint}", f"/secretariat/personnes/{{helped}}/depannage{path}", *asked)
        for endpoint, path, *asked in (
            ("rescue", "", OK),
            ("second_rescue", "/confirmer", 409, "POST"),
            ("cancel_rescue", "/annuler", 409, "POST"),
            ("unlock", "/debloquer", SEE_OTHER, "POST"),
        )
    ),
    only(
        {"secretary"},
        "organizations.rescue",
        "/secretariat/personnes/{helped}/depannage",
        OK,
        "POST",
        data={"reason": "tablette perdue", "checked": "y"},
    ),
    only({"administrator"}, "admin.all_accounts", "/administration/comptes"),
    *(
        only({"administrator"}, f"admin.{endpoint}", f"/administration/comptes/{path}", answer, "POST")
        for endpoint, path, answer in (
            ("suspend", "{account}/suspendre", SEE_OTHER),
            ("resume", "{account}/retablir", 409),
            ("end_sessions", "{account}/deconnecter", SEE_OTHER),
            ("end_all_sessions", "deconnecter-tous", SEE_OTHER),
        )
    ),
    only(SECRETARIES, "organizations.letters", "/secretariat/personnes/courriers"),
    only({"secretary"}, "organizations.take_letters", "/secretariat/personnes/courriers/{letters}", 409, "POST"),
    Door(
        "organizations.ask_letters",
        "POST",
        "/secretariat/personnes/courriers",
        _always(_all(SIGNED_IN, 404), {"secretary": SEE_OTHER, "other_secretary": 409}),
    ),
    only(SECRETARIES, "meetings.new", "/secretariat/reunions/nouvelle"),
    only(SECRETARIES, "meetings.new", "/secretariat/reunions/nouvelle", SEE_OTHER, "POST", data=FACTS),
    reader("meetings.show", "", SEEN),
    reader("convocations.record", "/ce-que-le-portail-enregistre", SEEN),
    reader("calendars.single", "/seance.ics", SEEN),
    reader("convocations.pdf", "/convocation.pdf", SEALED),
    reader("reading.paper", "/pieces/{file}", READ),
    reader("convocations.opened", "/ouverture", CONVENED, "POST"),
    reader("convocations.acknowledge", "/accuse-de-reception", CONVENED, "POST"),
    reader("attendance.answer", "/reponse", CONVENED, "POST", data={"choice": "comes"}),
    draft("meetings.edit", "/preparer", OK),
    draft("meetings.edit", "/preparer", SEE_OTHER, SEE_OTHER, 409, method="POST", data=FACTS),
    draft("meetings.announce", "/annoncer", SEE_OTHER, SEE_OTHER, 409, method="POST", data={"revision": "99"}),
    draft("meetings.unannounce", "/annonce/retirer", SEE_OTHER, SEE_OTHER, 409, method="POST"),
    draft(
        "meetings.paste",
        "/ordre-du-jour",
        SEE_OTHER,
        SEE_OTHER,
        409,
        method="POST",
        data={"text": "Un", "revision": "99"},
    ),
    draft("meetings.add", "/points", SEE_OTHER, SEE_OTHER, 409, method="POST", data={"title": "Un"}),
    draft(
        "meetings.move",
        "/ordre",
        SEE_OTHER,
        SEE_OTHER,
        409,
        method="POST",
        data={"number": "1", "position": "2", "revision": "99"},
    ),
    draft("meetings.item", "/points/{item}", OK),
    draft("meetings.item", "/points/{item}", SEE_OTHER, SEE_OTHER, 409, method="POST", data=ITEM),
    draft(
        "meetings.remove", "/points/{item}/retirer", SEE_OTHER, SEE_OTHER, 409, method="POST", data={"revision": "99"}
    ),
    draft("meetings.restore", "/points/{gone}/retablir", SEE_OTHER, SEE_OTHER, 409, method="POST"),
    draft("papers.place", "/documents/{paper}", SEE_OTHER, SEE_OTHER, 409, method="POST", data={"title": "Autre"}),
    draft(
        "papers.move", "/documents/{paper}/position", SEE_OTHER, SEE_OTHER, 409, method="POST", data={"position": "1"}
    ),
    draft("papers.ready", "/documents/{paper}/pret", SEE_OTHER, SEE_OTHER, 409, method="POST"),
    draft("papers.remove", "/documents/{paper}/retirer", SEE_OTHER, SEE_OTHER, 409, method="POST"),
    draft("papers.all_ready", "/documents/prets", SEE_OTHER, method="POST"),
    draft("files.shelf", "/fichiers", OK),
    draft("files.announce", "/fichiers", 201, method="POST", data={"name": "12_Note.pdf", "size": "10"}),
    draft("files.state", "/fichiers/{incoming}", OK),
    draft("files.part", "/fichiers/{incoming}/parties/1", 201, method="PUT", data=b"1234"),
    draft("files.complete", "/fichiers/{incoming}/complet", 409, method="POST"),
    draft("files.cancel", "/fichiers/{incoming}/abandonner", SEE_OTHER, method="POST"),
    draft(
        "files.send",
        "/fichiers/envoi",
        SEE_OTHER,
        method="POST",
        data=lambda: {"files": (io.BytesIO(b"%PDF-1.7"), "note.pdf")},
        **FORM,
    ),
    draft("convocations.check", "/controler", OK, OK, FOUND),
    draft("convocations.publish", "/publier", OK, OK, SEE_OTHER),
    draft("convocations.publish", "/publier", 422, 422, SEE_OTHER, method="POST"),
    draft("convocations.preview", "/publier/apercu.pdf", OK),
    draft("convocations.withdraw", "/annuler-envoi", 409, method="POST"),
    draft("convocations.tracking", "/suivi", OK),
    draft("convocations.export", "/suivi.csv", FOUND, FOUND, OK),
    draft("convocations.print_batch", "/convocations-papier.pdf", FOUND),
    draft("convocations.remind", "/relancer", FOUND, FOUND, OK),
    draft("convocations.remind", "/relancer", FOUND, FOUND, 409, method="POST"),
    draft("convocations.change", "/modifier", FOUND, FOUND, OK),
    draft("convocations.change", "/modifier", FOUND, FOUND, 422, method="POST"),
    draft("convocations.cancel", "/annuler", FOUND, FOUND, OK),
    draft("convocations.cancel", "/annuler", FOUND, FOUND, 409, method="POST"),
    draft("convocations.hand_over", "/suivi/{recipient}/remise", 404, 404, OK),
    draft("convocations.hand_over", "/suivi/{recipient}/remise", 404, 404, 422, method="POST"),
]
READING = [door for door in DOORS if door.method == "GET"]
WRITING = [door for door in DOORS if door.method != "GET"]
SignIn = Callable[..., Any]


def _named(door: Door) -> str:
    return f"{door.method} {door.endpoint}"


@pytest.mark.asvs("V6.1.3")
def test_the_table_knows_every_route(app: Flask) -> None:
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    known = {door.key for door in DOORS}
    assert routes - known == set(), "these routes have no line in the table"
    assert known - routes == set(), "these lines name no route"


def _faults(world: World, door: Door, people: Any) -> list[str]:
    """What this door answers these people otherwise than the table says, in sentences."""
    return [fault for who in people for fault in _fault(world, door, who)]


def _fault(world: World, door: Door, who: str) -> Iterator[str]:
    answer = world.ask(who, door.method, world.url(door.path), **door.options())
    expected, led = door.expected(world.state, who), answer.headers.get("Location", "")
    told = f"{_named(door)} for {who} on a {world.state} meeting: {answer.status_code} {led}"
    if answer.status_code != expected:
        yield f"{told}, not {expected}"
    if who in UNPROVEN and who not in door.opens[world.state] and not led.startswith("/connexion"):
        yield f"{told} does not lead to the sign-in page"
    if "Content-Security-Policy" not in answer.headers or answer.headers["X-Content-Type-Options"] != "nosniff":
        yield f"{told} without its headers"
    kept = {"static_file": "public", "calendars.feed": "private"}.get(door.endpoint, "no-store")
    if kept not in answer.headers["Cache-Control"]:
        yield f"{told} may be kept: {answer.headers['Cache-Control']}"


@pytest.mark.asvs("V8.2.1", "V8.3.1", "V6.3.3", "V6.3.4")
@pytest.mark.parametrize("state", STATES)
def test_reading_opens_for_these_people_and_nobody_else(app: Flask, sign_in: SignIn, state: str) -> None:
    world = build(app, sign_in, state)
    assert not [fault for door in READING for fault in _faults(world, door, PEOPLE)]


@pytest.mark.asvs("V8.2.1", "V8.2.2", "V8.3.1", "V8.4.1")
@pytest.mark.parametrize("state", STATES)
def test_who_may_not_act_changes_nothing_and_cannot_tell_what_exists(app: Flask, sign_in: SignIn, state: str) -> None:
    world = build(app, sign_in, state)
    before = contents()
    kept_out = [(door, [who for who in PEOPLE if who not in door.opens[state]]) for door in WRITING]
    assert not [fault for door, people in kept_out for fault in _faults(world, door, people)]
    assert contents() == before


@pytest.mark.parametrize("door", WRITING, ids=_named)
def test_who_may_act_is_answered(app: Flask, sign_in: SignIn, door: Door) -> None:
    answers = {state: door.opens[state] for state in STATES if door.opens[state]}
    varied = {state for state in answers if answers[state] != answers.get("published")} | {"published"}
    for state in varied & set(answers):
        for who in _one_of_each(answers[state]):
            assert not _faults(build(app, sign_in, state), door, [who])


def _one_of_each(answers: dict[str, int]) -> list[str]:
    """Those for whom the answer differs; a sign-out or a press spends what the next one would need."""
    return list({answer: who for who, answer in answers.items()}.values())


def test_without_a_token_nothing_is_done(app: Flask, sign_in: SignIn) -> None:
    world = build(app, sign_in, "published")
    before = contents()
    for door in WRITING:
        for who in ("stranger", "member", "secretary"):
            answer = world.ask(who, door.method, world.url(door.path), token=False, **door.options())
            refused = {400} | ({door.expected(world.state, who)} if door.endpoint == "files.send" else set())
            if door.endpoint == "files.send" and who == "secretary":
                refused = {400}
            assert answer.status_code in refused, f"{_named(door)} for {who}: {answer.status_code}"
    assert contents() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"method": "HEAD"},
        {"headers": {"Sec-Purpose": "prefetch"}},
        {"headers": {"Purpose": "prefetch"}},
        {"headers": {"Range": "bytes=0-0"}},
    ],
    ids=["HEAD", "Sec-Purpose", "Purpose", "Range"],
)
def test_asking_in_advance_never_writes_a_row(app: Flask, sign_in: SignIn, headers: dict[str, Any]) -> None:
    world = build(app, sign_in, "published")
    before = contents()
    for door in READING:
        for who in ("stranger", "halfway", "enrolling", "member", "secretary", "administrator"):
            asked = {"method": "GET", **headers}
            answer = world.ask(who, asked.pop("method"), world.url(door.path), **asked)
            assert answer.status_code < 500, f"{_named(door)} for {who}"
    assert contents() == before


EXPORTS = {"reading.paper", "convocations.export", "convocations.print_batch", "journal.export"}
"""What leaves the portal is written down."""


def test_reading_pages_never_writes_a_row_save_what_leaves(app: Flask, sign_in: SignIn) -> None:
    world = build(app, sign_in, "published")
    before = contents()
    for door in READING:
        if door.endpoint not in EXPORTS:
            for who in ("stranger", "halfway", "enrolling", "member", "secretary", "administrator"):
                world.ask(who, "GET", world.url(door.path))
    assert contents() == before


def test_another_host_gets_nothing(app: Flask, sign_in: SignIn) -> None:
    world = build(app, sign_in, "published")
    for door in DOORS:
        for host in ("autre.exemple", "localhost.autre.exemple", "localhost:81"):
            answer = world.ask(
                "secretary", door.method, world.url(door.path), headers={"Host": host}, base_url="http://localhost"
            )
            expected = OK if door.endpoint == "ops.health" else 400
            assert answer.status_code == expected, f"{_named(door)} at {host}"
            assert host not in answer.text


def test_an_identifier_of_twenty_digits_names_nothing(app: Flask, sign_in: SignIn) -> None:
    world = build(app, sign_in, "published")
    secrets = {"token", "feed", "release", "reset"}
    for door in DOORS:
        for name in re.findall(r"\{(\w+)\}", door.path):
            if name in secrets:
                continue
            for wrong in ("12345678901234567890", "0", "%00", "..%2f..%2fetc", "é"):
                url = door.path.format(**{**world.ids, name: wrong})
                answer = world.ask("secretary", door.method, url, **door.options())
                assert answer.status_code == 404, f"{_named(door)}, {name}={wrong}: {answer.status_code}"
    part = world.url(DRAFT + "/fichiers/{incoming}/parties/12345678901234567890")
    assert world.ask("secretary", "PUT", part, data=b"1234").status_code in {404, 413}


def test_a_secret_that_is_not_one_names_nothing(app: Flask, sign_in: SignIn) -> None:
    world = build(app, sign_in, "published")
    for url in ("/agenda/{0}.ics", "/bienvenue/{0}", "/connexion/nouveau-mot-de-passe/{0}"):
        for wrong in ("x", "é" * 300, "%00", "12345678901234567890"):
            assert world.ask("stranger", "GET", url.format(wrong)).status_code == 404
