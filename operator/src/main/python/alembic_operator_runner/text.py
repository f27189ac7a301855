# SPDX-License-Identifier: Apache-2.0
"""Words that come from outside (names, messages of servers, revision texts) made fit for a report and a terminal."""

import unicodedata

NAME_LIMIT = 128
"""Characters of one name; no database allows longer ones."""


def clean(text, limit=1000):
    """One line without control, direction and surrogate characters, cut to ``limit`` characters."""
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in str(text))
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def quoted(name):
    """A name in quotes, for a sentence."""
    return '"%s"' % clean(name, NAME_LIMIT).replace('"', "'")


def listed(names, most=10):
    """Quoted names with commas; beyond ``most`` only their number is told."""
    names = list(names)
    shown = ", ".join(quoted(n) for n in names[:most])
    return shown if len(names) <= most else "%s and %d more" % (shown, len(names) - most)
