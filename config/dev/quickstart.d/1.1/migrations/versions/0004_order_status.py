"""the status of an order"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("orders", sa.Column("status", sa.String(20), server_default="placed", nullable=False))


def downgrade() -> None:
    op.drop_column("orders", "status")
