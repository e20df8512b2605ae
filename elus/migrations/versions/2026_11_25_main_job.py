"""What the whole job needs: revisions of facts, agenda and items, feeds that know what they show, letters that count."""

import sqlalchemy as sa
from alembic import op

revision = "7c1e5a90b2f4"
down_revision = "d331c18c4f3b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "root_key",
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("check_value", sa.String(length=64), nullable=False),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_root_key")),
    )
    op.create_table(
        "removed_item",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("consultations", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_removed_item_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_removed_item")),
    )
    with op.batch_alter_table("agenda_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.add_column(sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))

    op.execute("UPDATE blob SET checked_at = created_at")
    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.alter_column("checked_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.create_index(batch_op.f("ix_blob_checked_at"), ["checked_at"], unique=False)

    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.add_column(sa.Column("etag", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withheld_until", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("browser_hash", sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_invitation_browser_hash"), ["browser_hash"])

    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_entry_action"), ["action"], unique=False)

    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unknowns", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_index(batch_op.f("ix_letter_sent_at"), ["sent_at"], unique=False)

    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.add_column(sa.Column("facts_revision", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("agenda_revision", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_column("agenda_revision")
        batch_op.drop_column("facts_revision")

    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_sent_at"))
        batch_op.drop_column("unknowns")

    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_entry_action"))

    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_invitation_browser_hash"), type_="unique")
        batch_op.drop_column("browser_hash")
        batch_op.drop_column("started_at")

    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.drop_column("withheld_until")

    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.drop_column("changed_at")
        batch_op.drop_column("etag")

    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blob_checked_at"))
        batch_op.drop_column("checked_at")

    with op.batch_alter_table("agenda_item", schema=None) as batch_op:
        batch_op.drop_column("revision")

    op.drop_table("removed_item")
    op.drop_table("root_key")
