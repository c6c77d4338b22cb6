"""A Client of a CCR Manager in plain Python: the messages of asn1/CCR-Session.asn1 over the manager's Unix socket.

Nothing here is a library of Ccr's: it shows that the published protocol is enough. Only what this sample needs is here:
opening an atomic action over a Server, a branch that the application prepares itself, closing, and asking afterwards.
"""

import socket

CLIENT, VERSION = 0, 1
(HELLO, WELCOME, REFUSED, OPEN, OPENED, CLOSE, COMMITTED, ROLLBACK, ROLLED_BACK, ASK, OUTCOME, ACKNOWLEDGE, DONE,
 ENLIST, PREPARED) = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 26, 44, 45)
IS_COMMITTED, IS_ROLLED_BACK = 0, 1
PLACE_REFUSED = 1


class Lost(Exception):
    """The session with the manager ended: what was asked for is unknown until somebody asks again."""


class Refused(Exception):
    """The manager would not take a request; the text says why."""


def tlv(number, content, constructed):
    """One BER element with a context tag. Its content stands for itself; lengths are definite."""
    first = 0x80 | (0x20 if constructed else 0)
    head = bytes([first | number]) if number < 31 else bytes([first | 31, number])
    size = len(content)
    if size < 128:
        return head + bytes([size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return head + bytes([0x80 | len(octets)]) + octets + content


def sequence(number, *parts):
    return tlv(number, b"".join(parts), True)


def integer(number, value):
    return tlv(number, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True), False)


def text(number, value):
    return tlv(number, value.encode(), False)


def element(octets, at=0):
    """Reads one element: its tag's number, its content, and where the next one begins."""
    number = octets[at] & 31
    at += 1
    if number == 31:
        number, at = octets[at], at + 1
    size, at = octets[at], at + 1
    if size & 0x80:
        count = size & 0x7F
        size, at = int.from_bytes(octets[at:at + count], "big"), at + count
    return number, octets[at:at + size], at + size


def elements(content):
    """The elements of a SEQUENCE, by their tags' numbers."""
    found, at = {}, 0
    while at < len(content):
        number, inner, at = element(content, at)
        found[number] = inner
    return found


class Manager:
    """One session. Identifiers are kept as they came, octet by octet, and repeated so."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._kept, self._references = b"", 0
        try:
            self._socket.connect(path)
        except OSError as broken:
            raise Lost(str(broken)) from broken
        self._send(sequence(HELLO, integer(0, VERSION), integer(1, CLIENT), text(2, "memory in step")))
        identity = elements(elements(self._receive(WELCOME))[1])
        self.node = identity[0].decode()
        self.log, self.epoch = identity[1], int.from_bytes(identity[2], "big")

    def close(self):
        self._socket.close()

    def open(self, servers):
        """Opens an atomic action with these Servers, and gives back its identifier. Without one of them: Refused."""
        names = b"".join(bytes([0x0C, len(s)]) + s.encode() for s in servers)
        opened = self._ask(OPENED, lambda r: sequence(OPEN, integer(0, r), tlv(1, names, True), integer(2, 0)))
        at = 0
        while at < len(opened[2]):
            _, place, at = element(opened[2], at)
            result, why, _ = element(elements(place)[2])
            if result == PLACE_REFUSED:
                self._send(sequence(ROLLBACK, integer(0, self._next()), tlv(1, opened[1], True)))
                raise Refused(elements(why)[1].decode())
        return opened[1]

    def enlist(self, action, database, branch, note):
        """A branch that this program prepares itself: said before the first PREPARE is sent."""
        one = self._branch(database, branch, note)
        self._send(sequence(ENLIST, tlv(0, action, True), integer(2, 0), tlv(3, one, True)))

    def prepared(self, action, database, branch, note):
        one = self._branch(database, branch, note)
        self._send(sequence(PREPARED, tlv(0, action, True), tlv(2, one, True)))

    def close_action(self, action):
        """Asks for the decision: True when it is commit. Lost: nobody knows yet."""
        reference = self._next()
        self._send(sequence(CLOSE, integer(0, reference), tlv(1, action, True), integer(2, 1)))
        while True:
            number, content = self._next_message()
            about = elements(content)
            if number in (COMMITTED, ROLLED_BACK) and about[1] == action:
                return number == COMMITTED
            if number == REFUSED:
                return False  # it is not open any more: rolled back

    def done(self, action, database, branch):
        """The branch is committed."""
        self._send(sequence(
            DONE, text(0, database), tlv(1, action, True), tlv(2, branch, True), integer(3, 0), text(4, "")))

    def acknowledge(self, action):
        self._send(sequence(ACKNOWLEDGE, tlv(0, tlv(16, action, True).replace(b"\xb0", b"\x30", 1), True)))

    def outcome(self, action):
        """0 committed, 1 rolled back, 2 in doubt, 3 still active, 4 forgotten."""
        told = self._ask(OUTCOME, lambda r: sequence(ASK, integer(0, r), tlv(1, action, True)))
        return told[2][0]

    def branch(self, name):
        """The identifier of a branch of this node, as content octets."""
        return self._title(0) + tlv(2, name, False)

    def gid(self, action, name):
        """What the branch is called in PostgreSQL: docs/DATABASES.md, "Names"."""
        suffix = elements(action)[2]
        epoch, counter = int.from_bytes(suffix[:4], "big"), int.from_bytes(suffix[4:], "big")
        return f"ccr1/{self.node}/c{base36(epoch)}.{base36(counter)}/~/~/{base64url(self.log)}/" \
               f"{base36(self.epoch)}/t{name.decode()}"

    def _title(self, number):
        name = self.node.encode()
        common = b"\x06\x03\x55\x04\x03\x0c" + bytes([len(name)]) + name
        inner = b"\x30" + bytes([len(common)]) + common
        outer = b"\x31" + bytes([len(inner)]) + inner
        return tlv(number, b"\x30" + bytes([len(outer)]) + outer, True)

    @staticmethod
    def _branch(database, branch, note):
        return b"\x30" + sequence(0, text(0, database), tlv(1, branch, True), text(2, note))[1:]

    def _next(self):
        self._references += 1
        return self._references

    def _ask(self, expected, request):
        self._send(request(self._next()))
        return elements(self._receive(expected))

    def _receive(self, expected):
        while True:
            number, content = self._next_message()
            if number == REFUSED:
                raise Refused(elements(elements(content)[1])[1].decode())
            if number == expected:
                return content

    def _next_message(self):
        while True:
            try:
                number, content, end = element(self._kept)
                if len(self._kept) >= end:
                    self._kept = self._kept[end:]
                    return number, content
            except IndexError:
                pass  # the element is not whole yet
            try:
                more = self._socket.recv(65536)
            except OSError as broken:
                raise Lost(str(broken)) from broken
            if not more:
                raise Lost("the manager ended the session")
            self._kept += more

    def _send(self, message):
        try:
            self._socket.sendall(message)
        except OSError as broken:
            raise Lost(str(broken)) from broken


def base36(number):
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        if number == 0:
            return digits


def base64url(octets):
    import base64
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
