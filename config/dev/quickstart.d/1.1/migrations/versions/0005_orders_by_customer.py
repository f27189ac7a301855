"""find the orders of a customer quickly"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index("orders_by_customer", "orders", ["customer_id", "placed_at"])


def downgrade() -> None:
    op.drop_index("orders_by_customer")
