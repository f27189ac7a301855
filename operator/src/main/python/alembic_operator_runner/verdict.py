# SPDX-License-Identifier: Apache-2.0
"""What became of a run, judged by what the database says afterwards and not by what was hoped for."""

from . import leftovers
from .errors import Problem, classify
from .signals import DEADLINE, TERMINATED, UNANSWERED, Interrupted
from .text import listed, quoted

_REACHED_ANYWAY = ("WaitingForDatabase", "WaitingForOtherMigration", "AlreadyExists", "DataViolation")


class Evidence:
    """``error``: what was raised, or None. ``rows``: as read again, None when unreadable (then ``unreadable`` says why).
    ``left``: invalid indexes."""

    def __init__(self, error, rows, left, unreadable):
        self.error = error
        self.rows = rows
        self.left = left
        self.unreadable = unreadable


def interruption(reason, revision, safe):
    """The problem of a run that was told to stop; ``safe`` when nothing can be half applied."""
    where = " in revision %s" % quoted(revision) if revision else ""
    if reason == DEADLINE:
        return Problem(
            "DeadlineExceeded",
            "the run reached its time limit%s and was cancelled; raise timeouts.run, or split the migration" % where,
            revision,
        )
    if reason == UNANSWERED:
        return Problem(
            "WaitingForDatabase",
            "the server took a connection%s and did not answer; it is tried again by itself when the database answers" % where,
            revision,
            retryable=safe,
        )
    return Problem(
        "Cancelled",
        "the run was told to stop%s and was cancelled; ask for a retry when it shall go on" % where,
        revision,
        retryable=safe,
    )


def judge(run, plan, evidence):
    """Returns ``(outcome, problem)`` and puts ``committed`` and ``halfApplied`` into the report."""
    progress = run.progress
    step = progress.running
    reason = run.watch.reason
    interrupted = isinstance(evidence.error, Interrupted) or reason is not None
    contained = None if evidence.rows is None else run.graph.contained(evidence.rows)
    problem = None
    if evidence.error is not None and not interrupted:
        problem = classify(evidence.error, "step" if plan.upwards else "undo", step and step.revision)
    progress.broken(interrupted or (problem is not None and problem.kind == "WaitingForDatabase"))
    _mark_committed(run.report.data.get("applied", []), contained, plan.upwards)
    outside = [s for s in progress.steps if contained is None or (s.revision in contained) != plan.upwards]
    half = _half_applied(progress.running, outside, evidence)
    run.report.data["halfApplied"] = half
    if interrupted and not (evidence.error is None and evidence.rows == plan.expected):
        problem = interruption(reason, step and step.revision, half == "no")
        return (TERMINATED if reason == TERMINATED else "failed"), _partly(problem, half, outside, evidence, keep=True)
    if problem is not None:
        if evidence.rows == plan.expected and half == "no" and problem.kind in _REACHED_ANYWAY:
            run.report.note("the target was reached although this run ended with: " + problem.message)
            return "applied" if run.report.data.get("applied") or plan.stamped else "upToDate", None
        return "failed", _partly(problem, half, outside, evidence)
    if evidence.rows is None:
        return "failed", classify(evidence.unreadable, "verify", subject="the rows could not be read again after the run")
    missing = [revision for revision in plan.stamped if revision not in contained] + [s.revision for s in outside]
    if missing:
        return "failed", _not_committed(missing, half, evidence, plan.upwards)
    if evidence.left:
        return "failed", Problem("LeftoversFound", leftovers.sentence(evidence.left) + "; then ask for a retry")
    return "applied", None


def _mark_committed(applied, contained, upwards):
    if contained is not None:
        for entry in applied:
            entry["committed"] = (entry["revision"] in contained) == upwards


def _half_applied(running, outside, evidence):
    """``yes`` when part of a revision that is not in the version table is committed for certain, ``possible`` when it may be.

    ``outside``: the steps that the version table knows nothing of, all of them where it could not be read.
    """
    if any(s.permanent for s in outside):
        return "possible" if evidence.rows is None else "yes"
    if running and running.doubtful and evidence.left:
        return "yes"
    return "possible" if any(s.doubtful for s in outside) else "no"


def _partly(problem, half, outside, evidence, keep=False):
    """Says so when a revision is half applied: then nothing is repeated before somebody has looked."""
    if half == "no":
        return problem
    step = next((s for s in outside if s.permanent or s.doubtful), None)
    revision = (step.revision if step else None) or problem.revision
    problem.retryable = False
    if half == "yes" and not keep:
        words = "revision %s is half applied" % quoted(revision)
        if evidence.left:
            words += " (%s)" % leftovers.sentence(evidence.left)
        message = "%s, because %s; undo or finish it by hand, then ask for a retry" % (words, problem.message.partition("; ")[0])
        return Problem("PartiallyApplied", message, revision, problem.sqlstate)
    return problem


def _not_committed(missing, half, evidence, upwards):
    if half != "no":
        return Problem(
            "PartiallyApplied",
            "revision %s %s and part of it is committed, but the version table %s it; let env.py commit, and undo or "
            "finish the revision by hand"
            % (listed(missing), "ran" if upwards else "was undone", "does not have" if upwards else "still has"),
            missing[0],
        )
    return Problem(
        "NotCommitted",
        "the migrations ran without an error but nothing was committed: the version table holds %s and %s %s; let env.py run "
        "nothing on the connection before context.configure(), or commit the connection at the end"
        % (listed(evidence.rows) or "no row", "not" if upwards else "still counts", quoted(missing[-1])),
        missing[-1],
    )
