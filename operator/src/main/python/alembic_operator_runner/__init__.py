# SPDX-License-Identifier: Apache-2.0
"""Runs Alembic inside the user's own image and tells, in one JSON report, what became of the database.

Only the standard library, the user's Alembic and SQLAlchemy, and the user's driver are used. Python 3.8 and newer.
"""

CONTRACT = 1
"""Version of the options and of the report, as the operator knows them."""

VERSION = "1"
"""Version of this program, as it stands in the report."""
