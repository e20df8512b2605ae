"""What changes an account, a session, a count of tries."""

from elus.identity.actions.accounts import (
    Holder,
    activate,
    confirm_totp,
    create_account,
    enrol_totp,
    new_recovery_codes,
    prepare_totp,
    set_password,
)
from elus.identity.actions.invitations import invite, open_invitation, renew_invitation
from elus.identity.actions.oversight import (
    end_sessions_of,
    end_sessions_of_all,
    locked_until,
    resume,
    suspend,
    unlock,
)
from elus.identity.actions.proofs import try_password, use_code, use_recovery_code
from elus.identity.actions.rescues import (
    ask_rescue,
    cancel_rescues,
    issue_rescue,
    open_with_rescue,
    renew_with_passkey,
    renew_with_password,
    use_rescue,
)
from elus.identity.actions.resets import answer_resets, ask_reset, reset_password
from elus.identity.actions.sessions import clean_up, end_other_sessions, end_session, open_pending, start_session
from elus.identity.actions.tries import count_try, forget_tries

__all__ = [
    "Holder",
    "activate",
    "answer_resets",
    "ask_rescue",
    "ask_reset",
    "cancel_rescues",
    "clean_up",
    "confirm_totp",
    "count_try",
    "create_account",
    "end_other_sessions",
    "end_session",
    "end_sessions_of",
    "end_sessions_of_all",
    "enrol_totp",
    "forget_tries",
    "invite",
    "issue_rescue",
    "locked_until",
    "new_recovery_codes",
    "open_invitation",
    "open_pending",
    "open_with_rescue",
    "prepare_totp",
    "renew_invitation",
    "renew_with_passkey",
    "renew_with_password",
    "reset_password",
    "resume",
    "set_password",
    "start_session",
    "suspend",
    "try_password",
    "unlock",
    "use_code",
    "use_recovery_code",
    "use_rescue",
]
