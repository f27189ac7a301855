"""every customer has an e-mail address"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # The top-level domain "invalid" is reserved: nothing is ever sent there (RFC 2606).
    op.execute("UPDATE customers SET email = 'customer-' || id || '@unknown.invalid' WHERE email IS NULL")
    op.alter_column("customers", "email", nullable=False)


def downgrade() -> None:
    op.alter_column("customers", "email", nullable=True)
