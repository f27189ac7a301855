# SPDX-License-Identifier: Apache-2.0
"""TLS to MySQL and MariaDB, each driver in its own words, with libpq's modes as their meaning.

PyMySQL takes parameters that SQLAlchemy makes a dictionary of; aiomysql wants a context made of the same; mysqlclient hands
``ssl_mode`` to its C library, where MariaDB's knows no verify-ca and checks the name as well.
"""

import re
import ssl
from importlib import metadata

_WORDS = {"true": "require", "1": "require", "false": "disable", "0": "disable", "allow": "prefer"}
_UNVERIFIED = "without verify-ca or verify-full the connection is encrypted, but nobody proves who the server is"


def parameters(driver, mode, authority, notes):
    """What goes into the URL's query, as pairs. ``authority`` is a file of certificates, or None for the machine's own."""
    mode = _WORDS.get(mode, mode)
    if mode == "require" and authority:
        mode = "verify-ca"  # as with libpq
    if mode == "disable":
        return _disabled(driver)
    if mode == "prefer":
        return []
    if mode == "require":
        notes.append(_UNVERIFIED)
        return [("ssl_mode", "REQUIRED")] if driver == "mysqldb" else [("ssl_check_hostname", "false")]
    authority = authority or ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    if driver == "mysqldb":
        return [("ssl_ca", authority), ("ssl_mode", "VERIFY_CA" if mode == "verify-ca" else "VERIFY_IDENTITY")]
    return [("ssl_ca", authority), ("ssl_check_hostname", "false" if mode == "verify-ca" else "true")]


def _disabled(driver):
    # Both prefer encryption by themselves, and older releases of both neither do so nor know the word.
    if driver == "mysqldb" and _version("mysqlclient") >= (2, 2):
        return [("ssl_mode", "DISABLED")]
    return [("ssl_disabled", "true")] if driver == "pymysql" and _version("PyMySQL") >= (1, 0) else []


def _version(distribution):
    try:
        return tuple(int(number) for number in re.findall(r"[0-9]+", metadata.version(distribution))[:2])
    except metadata.PackageNotFoundError:
        return (0, 0)


def context(values):
    """The context that PyMySQL makes of its dictionary (pymysql.connections, _create_ssl_ctx), for drivers that take no other."""
    authority, folder = values.get("ca"), values.get("capath")
    made = ssl.create_default_context(cafile=authority, capath=folder)
    known = bool(authority or folder)
    made.check_hostname = known and values.get("check_hostname", True)
    made.verify_mode = ssl.CERT_REQUIRED if known else ssl.CERT_NONE
    if values.get("cert"):
        made.load_cert_chain(values["cert"], keyfile=values.get("key"))
    if values.get("cipher"):
        made.set_ciphers(values["cipher"])
    return made
