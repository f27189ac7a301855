# SPDX-License-Identifier: Apache-2.0
"""The actions that change nothing: ``status`` and ``plan``."""


def status(run):
    """Reports rows, heads and database; refuses what no migration could start from. Returns the outcome."""

    def at_migrations(context, proceed):
        run.read_rows(context)

    run.visit(at_migrations)
    return "observed"


def plan(run):
    """Reports the steps to the target. Returns the outcome: ``planned``, or ``upToDate`` when there are none."""
    steps = []

    def at_migrations(context, proceed):
        steps.extend(run.make_plan(run.read_rows(context)).steps)

    run.visit(at_migrations)
    return "planned" if steps else "upToDate"
