"""What changes an account, a session, a count of tries."""

from elus.identity.actions.accounts import (
    Holder,
    confirm_totp,
    create_account,
    enrol_totp,
    new_recovery_codes,
    prepare_totp,
    set_password,
)
from elus.identity.actions.enrolment import activate, choose_password, confirm_new_way, open_rescued
from elus.identity.actions.invitations import (
    invite,
    open_invitation,
    print_invitation,
    renew_invitation,
)
from elus.identity.actions.proofs import try_password, use_code, use_recovery_code
from elus.identity.actions.sessions import clean_up, end_other_sessions, end_session, open_pending, start_session
from elus.identity.actions.tries import count_try, forget_tries

__all__ = [
    "Holder",
    "activate",
    "choose_password",
    "clean_up",
    "confirm_new_way",
    "confirm_totp",
    "count_try",
    "create_account",
    "end_other_sessions",
    "end_session",
    "enrol_totp",
    "forget_tries",
    "invite",
    "new_recovery_codes",
    "open_invitation",
    "open_pending",
    "open_rescued",
    "prepare_totp",
    "print_invitation",
    "renew_invitation",
    "set_password",
    "start_session",
    "try_password",
    "use_code",
    "use_recovery_code",
]
