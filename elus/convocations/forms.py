"""What the secretariat decides when it publishes, changes, reminds or hands over; and the sentence one acknowledges."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField, TimeField, ValidationError
from wtforms.validators import DataRequired, Length

from elus.convocations.actions import Order
from elus.kernel.forms import cleaned
from elus.meetings.actions import Facts
from elus.meetings.forms import RevisionForm
from elus.meetings.models import Meeting
from elus.organizations.models import Membership

ACKNOWLEDGEMENT = "J’accuse réception de la convocation."
REPLACEMENT = "en remplacement"
REASON = Length(max=2000, message="Le motif dépasse 2 000 caractères. Raccourcissez-le.")


def quality(membership: Membership) -> str:
    """Name and function, as one chooses who signs."""
    return f"{membership.person.name}, {membership.post.label}" if membership.post else membership.person.name


class SigningForm(RevisionForm):
    """Who convenes, and why when the delay is short; whether the law allows it is for the action to say."""

    author = SelectField("Qui convoque et signe")
    urgent = BooleanField("Convoquer en urgence")
    reason = TextAreaField("Motif", filters=[lambda text: text.strip() if text else text], validators=[REASON])

    def offer(self, signatories: Sequence[Membership]) -> None:
        """Those who may convene, the mayor or president first."""
        self.author.choices = [(str(row.id), quality(row)) for row in signatories]

    def validate_reason(self, field: TextAreaField) -> None:
        """Urgency is always explained."""
        if self.urgent.data and not field.data:
            raise ValidationError("Écrivez le motif de l’urgence : il figure dans la convocation.")

    def order(self) -> Order:
        """What was decided."""
        return Order(
            revision=self.seen,
            author_id=uuid.UUID(self.author.data),
            replacement=REPLACEMENT,
            urgent=bool(self.urgent.data),
            reason=self.reason.data or "",
        )


class MoveForm(SigningForm):
    """Another day, hour or place for a meeting already convened."""

    day = DateField("Jour", validators=[DataRequired(message="Choisissez le jour de la réunion.")])
    hour = TimeField(
        "Heure", format=["%H:%M", "%H:%M:%S"], validators=[DataRequired(message="Donnez l’heure de la réunion.")]
    )
    place = StringField(
        "Lieu et adresse",
        filters=[cleaned],
        validators=[DataRequired(message="Indiquez le lieu : il figure dans la convocation.")],
    )

    def facts(self, meeting: Meeting) -> Facts:
        """The new facts; the length of the sitting is kept."""
        zone = ZoneInfo(meeting.organization.body.zone)
        starts = datetime.combine(self.day.data, self.hour.data, zone).astimezone(UTC)
        lasts = meeting.ends_at - meeting.starts_at if meeting.ends_at else None
        return Facts(meeting.title, starts, starts + lasts if lasts else None, self.place.data)


class CancelForm(RevisionForm):
    """A sitting that will not be held."""

    reason = TextAreaField(
        "Ce que le courriel ajoute (facultatif)",
        filters=[lambda text: text.strip() if text else text],
        validators=[Length(max=2000, message="Le texte dépasse 2 000 caractères. Raccourcissez-le.")],
    )


class RemindForm(RevisionForm):
    """A reminder to those who have not opened."""

    again = BooleanField("Relancer aussi les personnes relancées depuis moins de 24 heures")


class HandOverForm(RevisionForm):
    """A convocation given on paper."""

    on = DateField("Remise le", validators=[DataRequired(message="Indiquez le jour de la remise.")])
    reference = StringField(
        "Référence",
        filters=[cleaned],
        validators=[
            DataRequired(message="Indiquez comment : remise en main propre, numéro de recommandé, tournée…"),
            Length(max=200, message="La référence dépasse 200 caractères. Raccourcissez-la."),
        ],
    )

    def validate_on(self, field: DateField) -> None:
        """A year one can mean."""
        day: date | None = field.data
        if day and not 2000 <= day.year <= 2100:
            raise ValidationError("Vérifiez l’année de la remise.")
