# SPDX-License-Identifier: Apache-2.0
"""From the command line to the exit code."""

import os
import sys
import threading
import time

from . import arguments, configuration, credentials, inspection, scrub, wrap
from .errors import Refusal, classify, show
from .migrate import migrate
from .patience import Patience
from .progress import Progress
from .report import Report
from .run import Run
from .session import Settings
from .signals import DEADLINE, TERMINATED, UNANSWERED, Watch
from .verdict import interruption

_THREADS = 5.0
"""Seconds that user code's threads have for ending by themselves."""

_ACTIONS = {
    "status": lambda run: (inspection.status(run), None),
    "plan": lambda run: (inspection.plan(run), None),
    "check": lambda run: (inspection.check(run), None),
    "migrate": migrate,
}


def main(argv):
    """Runs one action; returns the exit code. Everything that it writes or prints is scrubbed."""
    scrubber = scrub.Scrubber()
    url, parts = credentials.from_environment(os.environ)
    for secret in (url, parts["PASSWORD"]):
        scrubber.add(secret)
    outputs = scrub.install(scrubber)
    action = argv[0] if argv and argv[0] in arguments.ACTIONS else "status"
    report = Report(arguments.report_path(argv), scrubber, action)
    try:
        code = _Action(argv, report, scrubber, url, parts, outputs).run()
    finally:
        for output in outputs:
            output.finish()
    _leave_threads(code)
    return code


def _leave_threads(code):
    """The report stands: threads that user code has left running, such as a scheduler's, must not keep the pod from ending."""
    end = time.monotonic() + _THREADS
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                os._exit(code)


class _Action:
    def __init__(self, argv, report, scrubber, url, parts, outputs):
        self._argv = argv
        self._report = report
        self._scrubber = scrubber
        self._url = url
        self._parts = parts
        self._output, self._errors = outputs
        self._run = None
        self._watch = None

    def run(self):
        problem = None
        try:
            outcome, problem = self._act()
        except BaseException as error:  # noqa: BLE001 - user code may raise anything, and each of it must be reported
            outcome, problem = self._failure(error)
        if self._watch:
            self._watch.unwound()
        if problem is not None:
            self._report.fail(problem)
            print("alembic-operator: %s: %s" % (problem.kind, problem.message), file=sys.stderr)
        code = self._report.finish(outcome, self._output)
        if self._watch:
            self._watch.finished()
        return code

    def _act(self):
        report = self._report
        options = arguments.parse(self._argv)
        if options.action != "status":
            report.data["target"] = {"asked": report.text(options.target, 200)}
        self._watch = Watch(options.run_timeout, options.grace)
        self._watch.start(self._last_word)
        report.write()
        connection = self._connection(options)
        report.data["versions"].update(configuration.versions())
        url = self._inject(options, connection) if connection else None
        settings = Settings(options, self._watch)
        progress = Progress(report, settings, self._watch)
        for listener in (settings, Patience(), progress):
            listener.install()
        self._run = Run(options, report, settings, self._watch, progress, None, connection)
        if options.command:
            return wrap.migrate(self._run, url, self._errors.tail)
        self._run.config = configuration.load(options, url)
        return _ACTIONS[options.action](self._run)

    def _connection(self, options):
        if options.in_pod:
            return None
        connection = credentials.read(self._url, self._parts)
        if connection is None:
            raise Refusal("InvalidConnection", "the Job carries no connection; check the Secret that spec.database names")
        for secret in connection.secrets:
            self._scrubber.add(secret)
        return connection

    def _inject(self, options, connection):
        target = credentials.target(connection, options.driver, options.tls_mode, options.tls_ca_file)
        self._scrubber.add(target.url)
        for note in target.notes:
            self._report.note(note)
        os.environ.update(target.environment)
        if options.url_env:
            os.environ[options.url_env] = target.url
        return target.url

    def _failure(self, error):
        """The outcome and problem of what was raised before or outside any step."""
        run, watch = self._run, self._watch
        if watch and watch.reason:
            waiting = self._report.data.get("waitingFor")
            if watch.reason == UNANSWERED:
                return "refused", interruption(UNANSWERED, None, True)
            if watch.reason == DEADLINE and waiting:
                error = Refusal(
                    "WaitingForOtherMigration",
                    "the run's time limit came while waiting for %s; it is tried again by itself" % waiting,
                )
            else:
                return ("failed" if watch.reason == DEADLINE else "terminated"), interruption(watch.reason, None, True)
        show(error)
        return "refused", classify(error, run.stage if run else "start")

    def _last_word(self, reason):
        """User code did not let go in time: the report must stand before the process is killed."""
        running = self._report.data.get("running", {}).get("revision")
        half = self._report.data.get("halfApplied", "no")
        self._report.fail(interruption(reason, running, half == "no"))
        return self._report.finish("terminated" if reason == TERMINATED else "failed", self._output)
