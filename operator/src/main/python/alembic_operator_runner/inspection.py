# SPDX-License-Identifier: Apache-2.0
"""The actions that change nothing: ``status``, ``plan`` and ``check``."""

from . import models, sql


def status(run):
    """Reports rows, heads and database; refuses what no migration could start from. Returns the outcome."""

    def at_migrations(context, proceed):
        run.read_rows(context)

    run.visit(at_migrations)
    return "observed"


def plan(run):
    """Reports the steps to the target. Returns the outcome: ``planned``, or ``upToDate`` when there are none."""
    made = []

    def at_migrations(context, proceed):
        made.append(_planned(run, context))

    run.visit(at_migrations)
    return "planned" if made[0].direction else "upToDate"


def check(run):
    """Reports what ``plan`` does, and how far the models differ from the database. Returns the outcome, ``checked``."""

    def at_migrations(context, proceed):
        made = _planned(run, context)
        run.report.data["models"] = models.compare(run, context, made)

    run.visit(at_migrations)
    return "checked"


def _planned(run, context):
    made = run.make_plan(run.read_rows(context))
    if run.options.sql:
        run.report.data["sql"] = sql.render(run, context, made)
    return made
