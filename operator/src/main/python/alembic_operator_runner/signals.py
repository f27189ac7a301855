# SPDX-License-Identifier: Apache-2.0
"""Being told to stop, by SIGTERM or by the run's own time limit, and stopping in time.

As process 1 Python ignores SIGTERM unless it has a handler, and a handler waits while the driver waits for the server. So a
thread of ours, woken by the signal itself, cancels the running statement; then the handler comes to its turn and unwinds.
"""

import contextlib
import os
import select
import signal
import threading
import time

_MARGIN = 2.0
_PAUSE = 1.0
_TELLING = 5.0

TERMINATED = "terminated"
DEADLINE = "deadline"
UNANSWERED = "unanswered"


class Interrupted(SystemExit):
    """Unwinds user code. A ``SystemExit``, because event loops let nothing else through."""


class Watch:
    """``reason`` tells why the run must end: None, ``terminated``, ``deadline`` or ``unanswered``."""

    def __init__(self, limit, grace):
        """``limit`` seconds for the run from now on (None for none); ``grace`` seconds between SIGTERM and SIGKILL."""
        self.reason = None
        self._limit = limit
        self._grace = grace
        self._cancel = None
        self._raised = False
        self._unwound = threading.Event()
        self._cancelled = threading.Event()
        self._finished = threading.Event()
        self._last_word = None

    def start(self, last_word):
        """Installs the handlers; ``last_word(reason)`` writes a report when user code does not let go within the grace."""
        self._last_word = last_word
        end = None if not self._limit else time.monotonic() + self._limit
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        threading.Thread(target=self._wait, args=(reading, end), name="alembic-operator-watch", daemon=True).start()

    @contextlib.contextmanager
    def limited(self, seconds):
        """Ends the run when what is done inside, opening a connection, takes longer."""
        timer = threading.Timer(seconds, self._unanswered)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _unanswered(self):
        if self.reason is None and not self._unwound.is_set():
            self.reason = UNANSWERED
            signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)

    def arm(self, cancel):
        """``cancel()`` stops the statement in flight; it is called from another thread."""
        self._cancel = cancel

    def check(self):
        """Raises :class:`Interrupted` again where user code has swallowed it."""
        if self.reason and not self._unwound.is_set():
            raise Interrupted(143)

    def unwound(self):
        """User code is left; from here on nothing is cancelled or raised any more.

        A driver written in Python lets go at once, while the server goes on until it is told: that is waited for.
        """
        self._unwound.set()
        if self.reason and self._cancel:
            self._cancelled.wait(_TELLING)

    def finished(self):
        """The report stands; the process may end by itself."""
        self._unwound.set()
        self._finished.set()

    def _on_signal(self, number, frame):
        self.reason = self.reason or TERMINATED
        if not self._raised and not self._unwound.is_set():
            self._raised = True
            raise Interrupted(143)

    def _wait(self, reading, end):
        while self.reason is None:
            remaining = None if end is None else max(0.0, end - time.monotonic())
            if not select.select([reading], [], [], remaining)[0]:
                self.reason = DEADLINE
                signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)
            elif {signal.SIGTERM, signal.SIGINT} & set(os.read(reading, 64)):
                self.reason = self.reason or TERMINATED
        self._press(time.monotonic() + max(1.0, self._grace - _MARGIN))

    def _press(self, end):
        while time.monotonic() < end:
            if self._cancel:
                with contextlib.suppress(Exception):
                    self._cancel()
            self._cancelled.set()
            if self._unwound.wait(_PAUSE):
                break
        if not self._finished.wait(max(0.0, end - time.monotonic())):
            code = 1
            with contextlib.suppress(Exception):
                code = self._last_word(self.reason)
            os._exit(code)
