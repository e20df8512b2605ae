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


class SignInForm(Form):
    """Address and password; the password is never sent back."""

    address = EmailField(
        "Votre adresse de courriel",
        filters=[cleaned],
        validators=[InputRequired("Écrivez votre adresse de courriel.")],
        render_kw={"autocomplete": "username webauthn", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        "Votre mot de passe",
        validators=[InputRequired("Écrivez votre mot de passe.")],
        render_kw={"autocomplete": "current-password"},
    )
    stay = BooleanField("Rester connecté sur cette tablette")


class CodeForm(Form):
    """Six digits, spaces ignored."""

    code = StringField(
        "Code à 6\u00a0chiffres",
        validators=[InputRequired("Recopiez le code à 6\u00a0chiffres."), Length(max=60)],
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code-field"},
    )


class ProofForm(Form):
    """Password and six digits together, asked again of somebody signed in."""

    password = PasswordField(
        "Votre mot de passe",
        validators=[InputRequired("Écrivez votre mot de passe.")],
        render_kw={"autocomplete": "current-password"},
    )
    code = StringField(
        "Code à 6\u00a0chiffres",
        validators=[InputRequired("Recopiez le code à 6\u00a0chiffres."), Length(max=60)],
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code-field"},
    )


class RecoveryForm(Form):
    """One of the printed codes; case, spaces and dashes ignored."""

    code = StringField(
        "Code de secours",
        validators=[InputRequired("Recopiez un de vos codes de secours."), Length(max=60)],
        render_kw={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "class": "code-field long",
        },
    )


class LetterForm(Form):
    """The code of a printed letter; case, spaces and dashes ignored."""

    code = StringField(
        "Code de votre courrier",
        validators=[InputRequired("Recopiez les 12\u00a0lettres de votre courrier."), Length(max=60)],
        render_kw={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "class": "code-field long",
        },
    )


class PasswordForm(Form):
    """A new password, typed once: « Afficher » replaces typing it twice."""

    password = PasswordField(
        "Votre mot de passe",
        validators=[InputRequired("Choisissez un mot de passe.")],
        render_kw={"autocomplete": "new-password", "maxlength": LONGEST},
    )

    def refuse(self, weakness: str) -> None:
        """Say why the password will not do."""
        self.password.errors = (*self.password.errors, WEAKNESSES[weakness])


class AddressForm(Form):
    """The address of an account, known or not."""

    address = EmailField(
        "Votre adresse de courriel",
        filters=[cleaned],
        validators=[InputRequired("Écrivez votre adresse de courriel.")],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class ResetForm(PasswordForm):
    """Another password, and the second factor all the same."""

    code = StringField(
        "Votre code à 6\u00a0chiffres, ou un code de secours",
        validators=[InputRequired("Recopiez votre code à 6\u00a0chiffres, ou un code de secours."), Length(max=60)],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"},
    )


class RescueForm(AddressForm):
    """The code given by the secretariat, with the address it was given for."""

    code = StringField(
        "Code de dépannage",
        validators=[InputRequired("Recopiez le code de dépannage."), Length(max=60)],
        render_kw={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "class": "code-field long",
        },
    )


class PressForm(Form):
    """A press and nothing else."""


class ProvenForm(Form):
    """A press that carries what was proven at the identity provider, sealed."""

    proven = HiddenField(validators=[InputRequired(), Length(max=2000)])


NAME_LENGTH = 60


class WaysForm(PressForm):
    """A press on a page that showed the ways in: `revision` says which."""

    revision = HiddenField()


class NewPasswordForm(Form):
    """The password of now, and the one that replaces it."""

    current = PasswordField(
        "Votre mot de passe actuel",
        validators=[InputRequired("Écrivez votre mot de passe actuel.")],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        "Votre nouveau mot de passe",
        validators=[InputRequired("Choisissez un mot de passe.")],
        render_kw={"autocomplete": "new-password", "maxlength": LONGEST},
    )
    revision = HiddenField()

    def refuse(self, weakness: str) -> None:
        """Say why the new password will not do."""
        self.password.errors = (*self.password.errors, WEAKNESSES[weakness])

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
