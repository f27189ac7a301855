# SPDX-License-Identifier: Apache-2.0
"""Nothing that leaves the process carries a credential: not the report, and nothing that user code prints."""

import base64
import io
import json
import re
import sys
from collections import deque
from typing import Deque
from urllib.parse import quote, quote_plus

MASK = "***"
_WORD = 8
_LINE_LIMIT = 64 * 1024
_TAIL = 60

_USERINFO = re.compile(r"(://[^\s:/@'\"]*:)[^\s@'\"]+(?=@)")
_KEYWORD = re.compile(r"(?i)\b(password|passwd|pwd)(\s*[=:]\s*|['\"]\s*:\s*)(['\"]?)[^\s'\",;&)]+")


class Scrubber:
    """Knows the secret values and every spelling in which they turn up; replaces each by ``***``.

    A secret shorter than eight characters is replaced only where it stands as a word of its own: it may well be "app", and
    a sentence must stay one. Whatever the length, the password inside ``scheme://user:password@`` and after ``password=`` goes.
    """

    def __init__(self):
        self._spellings = set()
        self._pattern = None

    def add(self, secret):
        """Makes a value known; empty ones are ignored."""
        if secret:
            self._spellings |= _spellings(secret)
            parts = []
            for spelling in sorted(self._spellings, key=len, reverse=True):
                exact = re.escape(spelling)
                parts.append(exact if len(spelling) >= _WORD else r"(?<!\w)%s(?!\w)" % exact)
            self._pattern = re.compile("|".join(parts))

    def clean(self, text):
        """The text without any secret."""
        if self._pattern:
            text = self._pattern.sub(MASK, text)
        text = _USERINFO.sub(r"\1" + MASK, text)
        return _KEYWORD.sub(r"\1\2\3" + MASK, text)


def _spellings(secret):
    """As it is, as URLs, SQL, Python, JSON and configuration files write it, and as Base64."""
    forms = {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote(secret, safe=" +"),
        quote_plus(secret),
        re.sub(r"[%:@/]", lambda m: "%%%02X" % ord(m.group()), secret),
        re.sub(r"[:@/]", lambda m: "%%%02X" % ord(m.group()), secret),
        secret.replace("'", "''"),
        secret.replace("\\", "\\\\").replace("'", "\\'"),
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        json.dumps(secret)[1:-1],
        base64.b64encode(secret.encode("utf-8", "surrogateescape")).decode("ascii"),
    }
    forms |= {form.replace("%", "%%") for form in forms}
    forms |= {re.sub(r"%[0-9A-F]{2}", lambda m: m.group().lower(), form) for form in forms}
    return {form for form in forms if form}


class ScrubbedOutput(io.BufferedIOBase):
    """The bytes behind ``sys.stdout`` or ``sys.stderr``: whole lines go out, scrubbed.

    An unfinished line waits for its end, since a secret may come in pieces; a very long one is let go in parts.
    """

    def __init__(self, target, scrubber):
        io.BufferedIOBase.__init__(self)
        self._target = target
        self._scrubber = scrubber
        self._pending = b""
        self.tail: Deque[str] = deque(maxlen=_TAIL)
        """The last lines that went out, scrubbed."""

    def writable(self):
        return True

    def fileno(self):
        return self._target.fileno()

    def write(self, data):
        data = bytes(data)
        self._pending += data
        end = self._pending.rfind(b"\n") + 1
        if end == 0 and len(self._pending) > _LINE_LIMIT:
            end = len(self._pending)
        if end:
            self._emit(self._pending[:end])
            self._pending = self._pending[end:]
        return len(data)

    def flush(self):
        self._target.flush()

    def finish(self):
        """Lets the unfinished last line out."""
        if self._pending:
            self._emit(self._pending + b"\n")
            self._pending = b""

    def raw(self, data):
        """Bytes that are scrubbed already, such as the encoded report."""
        self.finish()
        self._target.write(data)
        self._target.flush()

    def _emit(self, data):
        text = self._scrubber.clean(data.decode("utf-8", "surrogateescape"))
        self.tail.extend(text.splitlines())
        self._target.write(text.encode("utf-8", "surrogateescape"))
        self._target.flush()


def install(scrubber):
    """Puts the scrubber between user code and both standard streams; returns the two outputs, stdout first."""
    outputs = []
    for name in ("stdout", "stderr"):
        output = ScrubbedOutput(getattr(sys, name).detach(), scrubber)
        stream = io.TextIOWrapper(
            output,  # type: ignore[type-var]
            encoding="utf-8",
            errors="backslashreplace",
            write_through=True,
        )
        setattr(sys, name, stream)
        setattr(sys, "__%s__" % name, stream)
        outputs.append(output)
    return outputs
