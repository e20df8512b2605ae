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
from elus.identity.actions.changes import (
    Acting,
    Lost,
    change_code,
    change_password,
    close_session,
    drop_passkey,
    factor_changed,
    lose_device,
    rename_device,
    renew_recovery_codes,
    try_current_password,
)
from elus.identity.actions.enrolment import (
    activate,
    choose_password,
    confirm_code,
    confirm_new_way,
    open_rescued,
    print_codes,
)
from elus.identity.actions.fresh import renew_session, try_again
from elus.identity.actions.invitations import (
    find_letter,
    invite,
    open_invitation,
    print_invitation,
    renew_invitation,
)
from elus.identity.actions.oversight import (
    end_sessions_of,
    end_sessions_of_all,
    resume,
    suspend,
    unlock,
)
from elus.identity.actions.passkeys import Unlock, register_passkey, rename_passkey, use_passkey
from elus.identity.actions.proofs import (
    Attempt,
    Proof,
    prove,
    refuse_password,
    try_password,
    use_code,
    use_recovery_code,
)
from elus.identity.actions.providers import enter as enter_by_provider
from elus.identity.actions.providers import link as link_provider
from elus.identity.actions.providers import spend
from elus.identity.actions.providers import unlink as unlink_provider
from elus.identity.actions.rescues import (
    ask_rescue,
    cancel_rescues,
    issue_rescue,
    use_rescue,
)
from elus.identity.actions.resets import answer_resets, ask_reset, is_open, reset_password
from elus.identity.actions.sessions import (
    clean_up,
    end_other_sessions,
    end_pending,
    end_session,
    open_pending,
    start_session,
)
from elus.identity.actions.tries import count_try, forget_tries, waits_until

__all__ = [
    "Acting",
    "Attempt",
    "Holder",
    "Lost",
    "Proof",
    "Unlock",
    "activate",
    "answer_resets",
    "ask_rescue",
    "ask_reset",
    "cancel_rescues",
    "change_code",
    "change_password",
    "choose_password",
    "clean_up",
    "close_session",
    "confirm_code",
    "confirm_new_way",
    "confirm_totp",
    "count_try",
    "create_account",
    "drop_passkey",
    "end_other_sessions",
    "end_pending",
    "end_session",
    "end_sessions_of",
    "end_sessions_of_all",
    "enrol_totp",
    "enter_by_provider",
    "factor_changed",
    "find_letter",
    "forget_tries",
    "invite",
    "is_open",
    "issue_rescue",
    "link_provider",
    "lose_device",
    "new_recovery_codes",
    "open_invitation",
    "open_pending",
    "open_rescued",
    "prepare_totp",
    "print_codes",
    "print_invitation",
    "prove",
    "refuse_password",
    "register_passkey",
    "rename_device",
    "rename_passkey",
    "renew_invitation",
    "renew_recovery_codes",
    "renew_session",
    "reset_password",
    "resume",
    "set_password",
    "spend",
    "start_session",
    "suspend",
    "try_again",
    "try_current_password",
    "try_password",
    "unlink_provider",
    "unlock",
    "use_code",
    "use_passkey",
    "use_recovery_code",
    "use_rescue",
    "waits_until",
]
