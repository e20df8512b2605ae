"""Which program came to read a calendar, by the name it gives itself."""

_KNOWN = (
    ("google-calendar", "Google Agenda"),
    ("dataaccessd", "Calendrier de l’iPad ou de l’iPhone"),
    ("calendaragent", "Calendrier du Mac"),
    ("macos", "Calendrier du Mac"),
    ("ios/", "Calendrier de l’iPad ou de l’iPhone"),
    ("thunderbird", "Thunderbird"),
    ("nextcloud", "Nextcloud"),
    ("icsx5", "ICSx⁵ (Android)"),
    ("outlook", "Outlook"),
    ("microsoft", "Outlook"),
    ("exchange", "Outlook"),
    ("evolution", "Agenda GNOME"),
    ("mozilla/", "un navigateur"),
)


def client_name(user_agent: str | None) -> str:
    """A name people know, or « une autre application »."""
    told = (user_agent or "").casefold()
    return next((name for sign, name in _KNOWN if sign in told), "une autre application")
