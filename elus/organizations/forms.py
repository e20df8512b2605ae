"""What is typed by somebody who helps somebody else."""

from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from elus.kernel.forms import CONTROL_FREE_LENGTH, Form, cleaned


class HelpForm(Form):
    """Why somebody needs a rescue code, and that their identity was checked."""

    reason = StringField(
        "Motif",
        filters=[cleaned],
        validators=[
            InputRequired("Écrivez pourquoi cette personne a besoin d’un code."),
            Length(max=CONTROL_FREE_LENGTH),
        ],
        render_kw={"autocomplete": "off", "maxlength": CONTROL_FREE_LENGTH},
    )
    checked = BooleanField(
        "J’ai vérifié que c’est bien cette personne",
        validators=[InputRequired("Vérifiez d’abord que c’est bien cette personne, puis cochez la case.")],
    )
