# SPDX-License-Identifier: Apache-2.0
"""A small stand-in for a PostgreSQL pooler, in session or in transaction mode, for servers that ask for no password."""

import contextlib
import socket
import struct
import threading


def _exactly(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError("closed")
        data += piece
    return data


def _message(connection):
    """One message of the protocol, as it is on the wire."""
    head = _exactly(connection, 5)
    return head + _exactly(connection, struct.unpack("!I", head[1:])[0] - 4)


def _until_ready(server, client=None):
    """Passes the server's answer on; returns the messages and the transaction's state: idle, in it, or failed."""
    messages = []
    while True:
        message = _message(server)
        messages.append(message)
        if client:
            client.sendall(message)
        if message[:1] == b"Z":
            return messages, message[5:6]


class Pooler:
    """Listens on a port of its own. In transaction mode a server session is given back after each transaction."""

    def __init__(self, host, port, transaction):
        self._server_address = (host, port)
        self._transaction = transaction
        self._idle = []
        self._greeting = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        for one in self._open:
            with contextlib.suppress(OSError):
                one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                self._open.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        held = None
        with contextlib.suppress(OSError), client:
            startup = self._startup(client)
            if not self._greeting or not self._transaction:
                held, self._greeting = self._session(startup)
                held = self._give_back(held)
            for message in self._greeting:
                # A pooler hands out process numbers of its own.
                client.sendall(b"K" + struct.pack("!III", 12, 999999, 1) if message[:1] == b"K" else message)
            while True:
                batch = self._batch(client)
                held = held or (self._idle.pop() if self._idle else self._session(startup)[0])
                held.sendall(batch)
                if _until_ready(held, client)[1] == b"I":
                    held = self._give_back(held)
        if held:
            held.close()

    def _give_back(self, server):
        if self._transaction:
            self._idle.append(server)
            return None
        return server

    def _startup(self, client):
        while True:
            length = _exactly(client, 4)
            rest = _exactly(client, struct.unpack("!I", length)[0] - 4)
            if struct.unpack("!I", rest[:4])[0] in (80877103, 80877104):  # asks for TLS or GSS encryption
                client.sendall(b"N")
                continue
            return length + rest

    def _session(self, startup):
        server = socket.create_connection(self._server_address)
        self._open.append(server)
        server.sendall(startup)
        return server, _until_ready(server)[0]

    def _batch(self, client):
        batch = b""
        while True:
            message = _message(client)
            if message[:1] == b"X":
                raise ConnectionError("the client leaves")
            batch += message
            if message[:1] in (b"Q", b"S"):
                return batch
