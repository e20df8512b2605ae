"""What is typed at the doors and while an account is set up."""

from wtforms import BooleanField, EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from elus.identity.passwords import LONGEST, SHORTEST
from elus.kernel.forms import Form, cleaned

WEAKNESSES = {
    "short": f"Il faut au moins {SHORTEST}\u00a0caractères. Des mots séparés par des espaces conviennent.",
    "long": f"Pas plus de {LONGEST}\u00a0caractères.",
    "same": "C’est déjà votre mot de passe. Choisissez-en un autre.",
    "guessable": "Ce mot de passe se devine trop facilement. Prenez quatre mots sans rapport avec vous ni avec votre mandat.",
}

SECRETS = frozenset({"password", "current"})
"""The fields for a password, by name: what was typed there never comes back in a page."""


def _address(autocomplete: str) -> EmailField:
    return EmailField(
        "Votre adresse de courriel",
        filters=[cleaned],
        validators=[InputRequired("Écrivez votre adresse de courriel.")],
        render_kw={"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"},
    )


def _known_password(label: str, missing: str) -> PasswordField:
    return PasswordField(label, validators=[InputRequired(missing)], render_kw={"autocomplete": "current-password"})


def _new_password(label: str) -> PasswordField:
    return PasswordField(
        label,
        validators=[InputRequired("Choisissez un mot de passe.")],
        render_kw={"autocomplete": "new-password", "maxlength": LONGEST},
    )


def _six_digits() -> StringField:
    return StringField(
        "Code à 6\u00a0chiffres",
        validators=[InputRequired("Recopiez le code à 6\u00a0chiffres."), Length(max=60)],
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code-field"},
    )


def _told_code(label: str, missing: str) -> StringField:
    """A code read on paper or heard: case, spaces and dashes ignored."""
    return StringField(
        label,
        validators=[InputRequired(missing), Length(max=60)],
        render_kw={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "class": "code-field long",
        },
    )


class SignInForm(Form):
    """Address and password; the password is never sent back."""

    address = _address("username webauthn")
    password = _known_password("Votre mot de passe", "Écrivez votre mot de passe.")
    stay = BooleanField("Rester connecté sur cette tablette")


class CodeForm(Form):
    """Six digits, spaces ignored."""

    code = _six_digits()


class ProofForm(Form):
    """Password and six digits together, asked again of somebody signed in."""

    password = _known_password("Votre mot de passe", "Écrivez votre mot de passe.")
    code = _six_digits()


class RecoveryForm(Form):
    """One of the printed codes; case, spaces and dashes ignored."""

    code = _told_code("Code de secours", "Recopiez un de vos codes de secours.")


class LetterForm(Form):
    """The code of a printed letter; case, spaces and dashes ignored."""

    code = _told_code("Code de votre courrier", "Recopiez les 12\u00a0lettres de votre courrier.")


class PasswordForm(Form):
    """A new password, typed once: « Afficher » replaces typing it twice."""

    password = _new_password("Votre mot de passe")

    def refuse(self, weakness: str) -> None:
        """Say why the password will not do."""
        self.password.errors = (*self.password.errors, WEAKNESSES[weakness])


class AddressForm(Form):
    """The address of an account, known or not."""

    address = _address("username")


class ResetForm(PasswordForm):
    """Another password, and the second factor all the same."""

    code = StringField(
        "Votre code à 6\u00a0chiffres, ou un code de secours",
        validators=[InputRequired("Recopiez votre code à 6\u00a0chiffres, ou un code de secours."), Length(max=60)],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"},
    )


class RescueForm(AddressForm):
    """The code given by the secretariat, with the address it was given for."""

    code = _told_code("Code de dépannage", "Recopiez le code de dépannage.")


class PressForm(Form):
    """A press and nothing else."""


class ProvenForm(Form):
    """A press that carries what was proven at the identity provider, sealed."""

    proven = HiddenField(validators=[InputRequired(), Length(max=2000)])


NAME_LENGTH = 60


class WaysForm(PressForm):
    """A press on a page that showed the ways in: `revision` says which."""

    revision = HiddenField()


class NewPasswordForm(PasswordForm):
    """The password of now, and the one that replaces it."""

    current = _known_password("Votre mot de passe actuel", "Écrivez votre mot de passe actuel.")
    password = _new_password("Votre nouveau mot de passe")
    revision = HiddenField()

    def not_current(self) -> None:
        """Say that the password of now is another."""
        told = "Ce n’est pas votre mot de passe actuel. Vérifiez la touche Majuscule, puis réessayez."
        self.current.errors = (*self.current.errors, told)


class NewCodeForm(CodeForm):
    """Six digits made with the key the page offers, which comes back sealed."""

    offer = HiddenField()
    revision = HiddenField()


class NameForm(Form):
    """What somebody calls a device."""

    name = StringField(
        "Son nom",
        filters=[cleaned],
        validators=[
            InputRequired("Donnez-lui un nom."),
            Length(max=NAME_LENGTH, message=f"Pas plus de {NAME_LENGTH}\u00a0signes."),
        ],
        render_kw={"autocomplete": "off", "maxlength": NAME_LENGTH},
    )
