"""How the screen looks on this device."""

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

from elus.kernel.forms import Form

THEMES = [
    ("auto", "Comme la tablette"),
    ("light", "Clair"),
    ("dark", "Sombre"),
    ("cream", "Papier crème"),
]
SIZES = [("100", "Normale"), ("125", "Grande (125 %)"), ("150", "Très grande (150 %)"), ("200", "Double (200 %)")]


class DisplayForm(Form):
    """Theme and size of text; kept on the device, not in the account."""

    theme = RadioField("Couleurs", choices=[SelectChoice(value, label) for value, label in THEMES])
    size = RadioField("Taille du texte", choices=[SelectChoice(value, label) for value, label in SIZES])
