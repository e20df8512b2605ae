"""Ways in: passkeys, devices, rescue, printed letters, identity providers; a journal nobody rewrites."""

import sqlalchemy as sa
from alembic import op

revision = "a41c7d0e9b35"
down_revision = "7c1e5a90b2f4"
branch_labels = None
depends_on = None

REFUSAL = "the journal is append-only"
TRIGGERS = {
    "sqlite": [
        "CREATE TRIGGER journal_entry_no_update BEFORE UPDATE ON journal_entry "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        "CREATE TRIGGER journal_entry_no_early_delete BEFORE DELETE ON journal_entry "
        "WHEN julianday(OLD.at) > julianday('now', '-12 months') "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION journal_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '12 months' THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{REFUSAL}'; END $$",
        "CREATE TRIGGER journal_entry_append_only BEFORE UPDATE OR DELETE ON journal_entry "
        "FOR EACH ROW EXECUTE FUNCTION journal_entry_refuse()",
    ],
}
UNDO = {
    "sqlite": ["DROP TRIGGER journal_entry_no_update", "DROP TRIGGER journal_entry_no_early_delete"],
    "postgresql": ["DROP TRIGGER journal_entry_append_only ON journal_entry", "DROP FUNCTION journal_entry_refuse()"],
}


def upgrade() -> None:
    op.create_table(
        "reset_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_request")),
    )
    op.create_table(
        "spent_challenge",
        sa.Column("challenge_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_spent_challenge")),
    )
    with op.batch_alter_table("spent_challenge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spent_challenge_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "welcome_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.String(length=64), nullable=True),
        sa.Column("blob_id", sa.Uuid(), nullable=True),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_welcome_batch_blob_id_blob")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_welcome_batch_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_welcome_batch")),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column("client", sa.String(length=300), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_device_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("user_id", "token_hash", name=op.f("uq_device_user_id_token_hash")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_user_id"), ["user_id"], unique=False)

    op.create_table(
        "external_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_external_identity_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_external_identity_issuer_subject")),
    )
    with op.batch_alter_table("external_identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_external_identity_user_id"), ["user_id"], unique=False)

    op.create_table(
        "password_reset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_password_reset_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_reset_token_hash")),
    )
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_reset_user_id"), ["user_id"], unique=False)

    op.create_table(
        "rescue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconded_by", sa.Uuid(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["user_account.id"], name=op.f("fk_rescue_asked_by_user_account")),
        sa.ForeignKeyConstraint(["seconded_by"], ["user_account.id"], name=op.f("fk_rescue_seconded_by_user_account")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_rescue_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescue")),
    )
    with op.batch_alter_table("rescue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rescue_user_id"), ["user_id"], unique=False)

    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_passkey_device_id_device")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_passkey_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_user_id"), ["user_id"], unique=False)

    with op.batch_alter_table("failures", schema=None) as batch_op:
        batch_op.add_column(sa.Column("since_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("printed", sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("session_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("client", sa.String(length=300), nullable=False, server_default=""))
        batch_op.drop_index(batch_op.f("ix_journal_entry_at"))
        batch_op.drop_index(batch_op.f("ix_journal_entry_action"))
        batch_op.create_index(batch_op.f("ix_journal_entry_at"), ["at", "id"], unique=False)
        for first in ("action", "subject", "user_id"):
            batch_op.create_index(batch_op.f(f"ix_journal_entry_{first}"), [first, "at"], unique=False)

    op.create_table(
        "alarm_seen",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["journal_entry.id"], name=op.f("fk_alarm_seen_entry_id_journal_entry")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_alarm_seen")),
    )
    op.execute(
        "INSERT INTO alarm_seen (entry_id, at) SELECT id, alarm_seen_at FROM journal_entry WHERE alarm_seen_at IS NOT NULL"
    )
    op.execute("ALTER TABLE journal_entry DROP COLUMN alarm_seen_at")
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_because", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("fresh_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("network", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("device_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_session_device_id"), ["device_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_session_device_id_device"), "device", ["device_id"], ["id"])

    op.execute("UPDATE session SET fresh_at = proven_at")
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE user_account DROP COLUMN password_set_at")
    op.execute("ALTER TABLE user_account DROP COLUMN suspended_at")

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_session_device_id_device"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_session_device_id"))
        batch_op.drop_column("device_id")
        batch_op.drop_column("network")
        batch_op.drop_column("fresh_at")
        batch_op.drop_column("ended_because")

    for statement in UNDO[op.get_bind().dialect.name]:
        op.execute(statement)
    op.add_column("journal_entry", sa.Column("alarm_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE journal_entry SET alarm_seen_at = (SELECT at FROM alarm_seen WHERE entry_id = journal_entry.id)")
    for first in ("action", "at", "subject", "user_id"):
        op.drop_index(op.f(f"ix_journal_entry_{first}"), "journal_entry")
    for former in ("action", "at"):
        op.create_index(op.f(f"ix_journal_entry_{former}"), "journal_entry", [former])
    op.drop_table("alarm_seen")
    op.execute("ALTER TABLE journal_entry DROP COLUMN session_id")
    op.execute("ALTER TABLE journal_entry DROP COLUMN client")

    op.execute("ALTER TABLE invitation DROP COLUMN printed")

    op.execute("ALTER TABLE failures DROP COLUMN since_at")

    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_passkey_user_id"))

    op.drop_table("passkey")
    with op.batch_alter_table("rescue", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rescue_user_id"))

    op.drop_table("rescue")
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_reset_user_id"))

    op.drop_table("password_reset")
    with op.batch_alter_table("external_identity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_external_identity_user_id"))

    op.drop_table("external_identity")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_user_id"))

    op.drop_table("device")
    op.drop_table("welcome_batch")
    with op.batch_alter_table("spent_challenge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spent_challenge_expires_at"))

    op.drop_table("spent_challenge")
    op.drop_table("reset_request")
