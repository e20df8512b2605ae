"""Settings: where they come from, and one sentence for each that cannot be used."""

from pathlib import Path

import pytest

from elus.config import ConfigError, Settings, is_loopback, load


def settings(tmp_path: Path, **values: str) -> Settings:
    return load({"ELUS_INSTANCE": str(tmp_path), **{f"ELUS_{name.upper()}": value for name, value in values.items()}})


def test_nothing_set_is_a_working_installation_on_this_machine(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.database_url == f"sqlite:///{tmp_path}/elus.sqlite"
    assert found.storage_url == f"file:{tmp_path}/files"
    assert found.keys == tmp_path / "keys.json"
    assert (found.listen, found.public_url, found.max_file_mb) == ("127.0.0.1:8000", "http://localhost:8000", 200)
    assert (found.smtp_url, found.redis_url, found.tsa_url, found.demonstration) == (None, None, None, False)
    assert not found.secure


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        'max_file_mb = 50\nlisten = "127.0.0.1:9000"\ntrusted_proxies = ["10.0.0.1", "fd00::/8"]\n'
    )
    found = settings(tmp_path, listen="127.0.0.1:9001")
    assert (found.max_file_bytes, found.listen) == (50_000_000, "127.0.0.1:9001")
    assert found.trusted_proxies == ("10.0.0.1", "fd00::/8")


def test_what_derives_from_settings(tmp_path: Path) -> None:
    found = settings(tmp_path, public_url="https://Elus.Exemple.fr/", mail_from="assemblees@exemple.fr")
    assert (found.public_url, found.public_host, found.secure) == ("https://elus.exemple.fr", "elus.exemple.fr", True)
    assert found.mail_domain == "exemple.fr"
    assert settings(tmp_path, database_url="postgres://u:p@h/d").database_url == "postgresql://u:p@h/d"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "localhost:8000"),
        ("public_url", "ftp://exemple.fr"),
        ("public_url", "https://"),
        ("public_url", "https://exemple.fr/elus"),
        ("public_url", "https://exemple.fr?x=1"),
        ("public_url", "https://moi@exemple.fr"),
        ("public_url", "https://exemple.fr:port"),
        ("public_url", "http://[::1"),
        ("storage_url", "/srv/files"),
        ("storage_url", "s3://"),
        ("storage_url", "file:"),
        ("smtp_url", "mail.exemple.fr"),
        ("smtp_url", "smtp://"),
        ("smtp_url", "smtp://:25"),
        ("smtp_url", "http://mail.exemple.fr"),
        ("mail_from", "secretariat"),
        ("mail_from", "a@b@c"),
        ("mail_from", "Élus <a@b.fr>"),
        ("mail_from", "a@b.fr\nBcc: c@d.fr"),
        ("mail_from", "é@b.fr"),
        ("mail_reply_to", "a@b.fr, c@d.fr"),
        ("listen", "8000"),
        ("listen", "127.0.0.1:"),
        ("listen", "127.0.0.1:0"),
        ("listen", "127.0.0.1:99999"),
        ("trusted_proxies", "nginx"),
        ("trusted_proxies", "10.0.0.1, 10.0.0.300"),
        ("trusted_proxies", "0.0.0.0/0"),
        ("max_file_mb", "0"),
        ("max_file_mb", "-5"),
        ("max_file_mb", "200 Mo"),
        ("max_file_mb", "1e3"),
        ("database_url", "mysql://u:p@h/d"),
        ("redis_url", "localhost:6379"),
        ("tsa_url", "freetsa.org"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        settings(tmp_path, **{name: value})
    sentence = str(wrong.value)
    assert sentence.startswith(f"ELUS_{name.upper()} : ")
    assert sentence.endswith(".")
    assert "Traceback" not in sentence


@pytest.mark.parametrize("url", ["smtps:/u:secret@h", "http://u:secret@h", "smtp://u:se/secret@h:99999"])
def test_a_password_is_never_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        settings(tmp_path, smtp_url=url)
    assert "secret" not in str(wrong.value)


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('smtp_ulr = "smtp://localhost"\n')
    with pytest.raises(ConfigError, match="réglage inconnu : smtp_ulr"):
        settings(tmp_path)


@pytest.mark.parametrize("content", [b"listen = ", b"\xff\xfe", b"= 3"])
def test_a_broken_file_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.toml").write_bytes(content)
    with pytest.raises(ConfigError, match="ne se lit pas"):
        settings(tmp_path)


def test_a_demonstration_stays_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "demonstration").touch()
    assert settings(tmp_path, smtp_url="smtp://localhost:1025").demonstration
    assert settings(tmp_path, smtp_url="smtp://[::1]:1025").demonstration
    with pytest.raises(ConfigError, match="ELUS_SMTP_URL : une démonstration") as wrong:
        settings(tmp_path, smtp_url="smtp://u:secret@mail.exemple.fr")
    assert "secret" not in str(wrong.value)
    with pytest.raises(ConfigError, match="ELUS_LISTEN : une démonstration"):
        settings(tmp_path, listen="0.0.0.0:8000")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.9", True),
        ("::1", True),
        ("[::1]", True),
        ("10.0.0.1", False),
        ("localhost.fr", False),
        ("", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
