"""What the secretariat writes about a meeting and its items."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, Optional

from elus.kernel.forms import Form
from elus.kernel.text import one_line
from elus.meetings import paste
from elus.meetings.actions import Agenda, Facts, ItemContent
from elus.meetings.models import AgendaItem, ItemKind, Meeting, Visibility

LONGEST = paste.LONGEST
SUMMARY_LINES, SUMMARY_LENGTH = 3, 400
SMALL_HOURS = time(6)
KINDS = {
    ItemKind.DELIBERATION: "Délibération",
    ItemKind.INFORMATION: "Information",
    ItemKind.ELECTION: "Élection ou désignation",
    ItemKind.BUDGET: "Budget primitif",
    ItemKind.MINUTES: "Approbation du procès-verbal",
    ItemKind.URGENCY: "Urgence",
    ItemKind.QUESTIONS: "Questions diverses",
}
VISIBILITIES = {
    Visibility.PUBLIC: "Tout le monde, après la séance",
    Visibility.MEMBERS: "Les membres et leurs suppléants",
    Visibility.COPY: "Les membres et les autres conseillers municipaux",
    Visibility.RESTRICTED: "Consultation au secrétariat seulement",
}
AGENDAS = {
    Agenda.STANDING: "Les points habituels : secrétaire de séance, procès-verbal, décisions, questions",
    Agenda.WHOLE: "Tout l’ordre du jour, sans les documents",
    Agenda.EMPTY: "Aucun : je colle l’ordre du jour",
}


def line(value: Any) -> Any:
    """Field filter: a clean line, whole, so that a title too long is said and never cut."""
    return one_line(value, 100_000) if isinstance(value, str) else value


def lines(value: Any) -> Any:
    """Field filter: clean lines, without the empty ones at both ends."""
    return (
        "\n".join(one_line(part, 100_000) for part in value.strip().splitlines()) if isinstance(value, str) else value
    )


def whole_number(value: Any) -> int:
    """What a hidden or short field says; 0, older than everything, when it is not a number."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 9 else 0


def _needed(words: str) -> DataRequired:
    return DataRequired(message=words)


def _length(words: str) -> Length:
    return Length(max=LONGEST, message=words)


class RevisionForm(Form):
    """A form that knows which version of the thing it was made from."""

    revision = HiddenField(filters=[line])

    @property
    def seen(self) -> int:
        return whole_number(self.revision.data)


class FactsForm(RevisionForm):
    """Title, day, hour and place of a sitting."""

    title = StringField(
        "Nom de la réunion",
        filters=[line],
        validators=[
            _needed("Donnez un nom à la réunion."),
            _length("Le nom de la réunion dépasse 300 caractères. Raccourcissez-le."),
        ],
    )
    day = DateField("Jour", validators=[_needed("Choisissez le jour de la réunion.")])
    hour = TimeField("Heure", format=["%H:%M", "%H:%M:%S"], validators=[_needed("Donnez l’heure de la réunion.")])
    end = TimeField("Fin prévue (facultatif)", format=["%H:%M", "%H:%M:%S"], validators=[Optional()])
    place = StringField(
        "Lieu et adresse",
        filters=[line],
        validators=[
            _needed("Indiquez le lieu : il figure dans la convocation."),
            _length("Le lieu dépasse 300 caractères. Raccourcissez-le."),
        ],
    )

    def validate_day(self, field: DateField) -> None:
        """A year one can mean."""
        if field.data and not 2000 <= field.data.year <= 2100:
            raise ValidationError("Vérifiez l’année de la réunion.")

    def validate_end(self, field: TimeField) -> None:
        """After the beginning, small hours being those of the next day."""
        if field.data and self.hour.data and SMALL_HOURS < field.data <= self.hour.data:
            raise ValidationError("La fin prévue est avant le début. Corrigez l’une des deux heures.")

    def facts(self, zone: str) -> Facts:
        """What was written, as instants of the place's clock."""
        place = ZoneInfo(zone)
        day: date = self.day.data
        starts = datetime.combine(day, self.hour.data, place)
        ends = None
        if self.end.data:
            ends = datetime.combine(day, self.end.data, place)
            if ends <= starts:
                ends = datetime.combine(day + timedelta(days=1), self.end.data, place)
        return Facts(
            title=self.title.data,
            starts_at=starts.astimezone(UTC),
            ends_at=ends.astimezone(UTC) if ends else None,
            place=self.place.data,
        )


class NewForm(FactsForm):
    """A new meeting, and what it takes from the former one."""

    agenda = RadioField(
        "Ordre du jour de départ",
        choices=[SelectChoice(choice.value, label) for choice, label in AGENDAS.items()],
        default=Agenda.STANDING.value,
    )


class PasteForm(RevisionForm):
    """An agenda, one item per line."""

    text = TextAreaField("Ordre du jour, une ligne par point", validators=[_needed("Collez au moins une ligne.")])

    @property
    def titles(self) -> list[str]:
        return paste.titles(self.text.data or "")

    def validate_text(self, field: TextAreaField) -> None:
        """At least one title, none too long."""
        found = paste.titles(field.data or "")
        if not found:
            raise ValidationError("Aucun point trouvé. Écrivez une ligne par point.")
        for number, title in enumerate(found, 1):
            if len(title) > LONGEST:
                raise ValidationError(
                    f"Le point {number}, « {title[:40]}… », dépasse {LONGEST} caractères. Raccourcissez-le."
                )


class AddForm(RevisionForm):
    """One more item."""

    title = StringField(
        "Ajouter un point",
        id="nouveau-point",
        filters=[line],
        validators=[
            _needed("Écrivez le titre du point."),
            _length("Le titre dépasse 300 caractères. Raccourcissez-le."),
        ],
    )


class ItemForm(RevisionForm):
    """All that is written about one item."""

    title = StringField(
        "Titre",
        filters=[line],
        validators=[
            _needed("Donnez un titre au point."),
            _length("Le titre dépasse 300 caractères. Raccourcissez-le."),
        ],
    )
    summary = TextAreaField("Résumé en 3 lignes", filters=[lines])
    rapporteur = StringField(
        "Rapporteur",
        filters=[line],
        validators=[_length("Le nom du rapporteur dépasse 300 caractères.")],
    )
    kind = SelectField("Nature", choices=[SelectChoice(kind.value, label) for kind, label in KINDS.items()])
    visibility = SelectField(
        "Qui lit les documents", choices=[SelectChoice(choice.value, label) for choice, label in VISIBILITIES.items()]
    )
    closed_session_planned = BooleanField("Huis clos envisagé")
    sensitive = BooleanField("Point sensible")
    icpe = BooleanField("Installation classée (ICPE)")

    def validate_summary(self, field: TextAreaField) -> None:
        """Three lines one reads at a glance."""
        text = field.data or ""
        if len(text) > SUMMARY_LENGTH:
            raise ValidationError(f"Le résumé fait {len(text)} caractères, pour {SUMMARY_LENGTH} au plus.")
        if len(text.splitlines()) > SUMMARY_LINES:
            raise ValidationError(f"Le résumé fait {len(text.splitlines())} lignes, pour {SUMMARY_LINES} au plus.")

    def content(self) -> ItemContent:
        """What was written."""
        return ItemContent(
            title=self.title.data,
            summary=self.summary.data or "",
            rapporteur=self.rapporteur.data or "",
            kind=ItemKind(self.kind.data),
            visibility=Visibility(self.visibility.data),
            closed_session_planned=self.closed_session_planned.data,
            sensitive=self.sensitive.data,
            icpe=self.icpe.data,
        )


def facts_shown(meeting: Meeting, zone: str) -> dict[str, Any]:
    """The fields of FactsForm as they stand."""
    place = ZoneInfo(zone)
    return {
        "title": meeting.title,
        "day": meeting.day,
        "hour": meeting.starts_at.astimezone(place).time(),
        "end": meeting.ends_at.astimezone(place).time() if meeting.ends_at else None,
        "place": meeting.place,
        "revision": str(meeting.revision),
    }


def item_shown(item: AgendaItem, revision: int) -> dict[str, Any]:
    """The fields of ItemForm as they stand."""
    names = ("title", "summary", "rapporteur", "closed_session_planned", "sensitive", "icpe")
    return {
        **{name: getattr(item, name) for name in names},
        "kind": item.kind.value,
        "visibility": item.visibility.value,
        "revision": str(revision),
    }
