# SPDX-License-Identifier: Apache-2.0
"""Which tables a text of SQL makes, told by its words. Where it cannot be told, a table is not expected at all."""

import re
from typing import Dict, List, Optional, Tuple

Name = Tuple[Optional[str], str]

_IDENTIFIER = r'(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[^\W\d][\w$]*)'
_TABLE = r"%s(?:\s*\.\s*%s)?" % (_IDENTIFIER, _IDENTIFIER)
_STATEMENTS = re.compile(
    r"(?is)\b(?:"
    rf"CREATE\s+(?:UNLOGGED\s+|FOREIGN\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<made>{_TABLE})"
    rf"|DROP\s+(?:FOREIGN\s+)?TABLE\s+(?:IF\s+EXISTS\s+)?(?P<dropped>{_TABLE}(?:\s*,\s*{_TABLE})*)"
    rf"|ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(?P<old>{_TABLE})\s+RENAME\s+(?:TO|AS)\s+(?P<new>{_TABLE})"
    rf"|RENAME\s+TABLE\s+(?P<before>{_TABLE})\s+TO\s+(?P<after>{_TABLE})"
    rf"|ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?P<moved>{_TABLE})\s+SET\s+SCHEMA\s+(?P<schema>{_IDENTIFIER})"
    rf"|(?P<path>SET\s+(?:SESSION\s+|LOCAL\s+)?search_path|set_config\s*\(\s*''|USE\s+{_IDENTIFIER}))"
)
_DOLLARS = re.compile(r"(?s)\$(\w*)\$.*?\$\1\$")
_SILENT = re.compile(r"(?s)'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/")


class Tables:
    """The tables that stand when all texts so far have been executed. ``elsewhere``: unqualified names may be in any schema."""

    def __init__(self):
        self._names: Dict[Name, str] = {}
        self.elsewhere = False

    def read(self, sql):
        """Takes one text of statements in."""
        for block in _DOLLARS.finditer(sql):  # what is in there may happen, or not, or many times
            self.forget(block.group())
        for found in _STATEMENTS.finditer(_SILENT.sub("''", _DOLLARS.sub("''", sql))):
            self._take(found)

    def _take(self, found):
        if found.group("made"):
            self._add(found.group("made"))
        elif found.group("dropped"):
            for name in re.findall(_TABLE, found.group("dropped")):
                self._remove(name)
        elif found.group("path"):
            self.elsewhere = True
        else:
            old = found.group("old") or found.group("before") or found.group("moved")
            known = self._remove(old)
            if known and found.group("moved"):
                self._add(found.group("schema") + "." + parts(old)[-1])
            elif known:
                new = found.group("new") or found.group("after")
                qualifier = parts(old)[:-1] if len(parts(new)) == 1 else []
                self._add(".".join([*qualifier, *parts(new)]))

    def _add(self, written):
        self._names[_key(written)] = written

    def _remove(self, written):
        schema, table = _key(written)
        gone = [n for n in self._names if n[1] == table and (schema is None or n[0] in (schema, None))]
        for name in gone:
            del self._names[name]
        return bool(gone)

    def forget(self, text):
        """Expects no table any more that is named in this text."""
        words = {word.lower() for word in re.findall(r"[\w$]+", text)}
        for name in [n for n in self._names if n[1].lower() in words]:
            del self._names[name]

    def names(self) -> List[str]:
        """As they were written first, in order."""
        return list(self._names.values())


def parts(written):
    """The identifiers of a name as they were written, one or two."""
    return re.findall(_IDENTIFIER, written)


def bare(identifier):
    """An identifier as the database keeps it: without quotes, or in small letters."""
    return identifier[1:-1].replace('""', '"') if identifier[0] in '"`[' else identifier.lower()


def _key(written):
    names = [bare(part) for part in parts(written)]
    return (names[0] if len(names) > 1 else None), names[-1]
