"""The answer card."""

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from elus.attendance.models import Choice
from elus.kernel.forms import Form


class AnswerForm(Form):
    """« Je viens », « Je ne viens pas »: each is a button that sends its own value."""

    choice = RadioField(
        "Votre réponse",
        choices=[SelectChoice(Choice.COMES.value, "Je viens"), SelectChoice(Choice.ABSENT.value, "Je ne viens pas")],
        validators=[InputRequired("Choisissez « Je viens » ou « Je ne viens pas ».")],
    )
