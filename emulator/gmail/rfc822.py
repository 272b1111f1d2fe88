"""Mail as bytes: reading headers, bodies and attachments, and changing headers without touching the body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Part
from email.utils import getaddresses
from functools import lru_cache
from html import unescape

Fields = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Attachment:
    """A part with a file name."""

    part_id: str
    filename: str
    mime_type: str
    data: bytes


@dataclass(frozen=True)
class Mail:
    """A parsed mail. Headers are decoded and unfolded, in their order; texts are decoded from their charset.

    `sources` are the headers unfolded but not decoded, as addresses must be taken apart before their names are decoded.
    """

    headers: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    text: str
    html: str
    attachments: tuple[Attachment, ...]

    def header(self, name: str) -> str:
        """The first header of that name, "" if there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def addresses(self, *names: str) -> list[tuple[str, str]]:
        """(display name, address in lower case) of every mailbox in those headers."""
        wanted = {name.lower() for name in names}
        pairs = getaddresses([value for key, value in self.sources if key.lower() in wanted])
        return [(_words(name), address.lower()) for name, address in pairs if name or address]


def crlf(raw: bytes) -> bytes:
    """The mail with CRLF line ends, as Gmail keeps it."""
    return re.sub(rb"\r?\n", b"\r\n", raw)


def split(raw: bytes) -> tuple[Fields, bytes]:
    """Header fields (name, whole field with its line end) and the rest, which begins with the empty line."""
    fields: Fields = []
    position = 0
    for match in re.finditer(rb"([^\s:]+)[ \t]*:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n", raw + b"\r\n"):
        if match.start() != position:
            break
        fields.append((match[1].decode("ascii", "replace"), match[0]))
        position = match.end()
    rest = raw[position:]
    return fields, rest if rest.startswith(b"\r\n") else b"\r\n" + rest


def join(fields: Fields, rest: bytes) -> bytes:
    """The mail that `split` took apart."""
    return b"".join(field for _, field in fields) + rest


def without(fields: Fields, *names: str) -> Fields:
    """The fields but those of the given names."""
    gone = {name.lower() for name in names}
    return [(name, field) for name, field in fields if name.lower() not in gone]


def field(name: str, value: str) -> tuple[str, bytes]:
    """One new header field. The value must be ASCII on one line."""
    return name, f"{name}: {value}\r\n".encode("ascii")


@lru_cache(maxsize=1024)
def structure(raw: bytes) -> Part:
    """The MIME tree of a mail. Parsed leniently: odd mails are mails too."""
    return message_from_bytes(raw, policy=policy.compat32)


@lru_cache(maxsize=4096)
def parse(raw: bytes) -> Mail:
    """The mail in a form to read."""
    tree = structure(raw)
    texts, htmls, attachments = [], [], []
    for part_id, part in leaves(tree):
        # Gmail's page calls an attached mail without a name so.
        filename = filename_of(part) or ("noname" if part.get_content_type() == "message/rfc822" else "")
        if filename:
            attachments.append(Attachment(part_id, filename, part.get_content_type(), payload(part)))
        elif part.get_content_type() == "text/html":
            htmls.append(decoded(part))
        elif part.get_content_maintype() == "text":
            texts.append(decoded(part))
    text = "\n".join(texts) if texts else strip_tags("\n".join(htmls))
    sources = tuple((name, _unfolded(value)) for name, value in tree.raw_items())
    return Mail(tuple(headers_of(tree)), sources, text, "\n".join(htmls), tuple(attachments))


def leaves(part: Part, part_id: str = "") -> list[tuple[str, Part]]:
    """(part id, part) of every part without parts; part ids are `0`, `1.0` … as Gmail's. An attached mail is a leaf."""
    if not part.is_multipart() or part.get_content_maintype() == "message":
        return [(part_id or "0", part)]
    found = []
    for number, inner in enumerate(children(part)):
        found += leaves(inner, f"{part_id}.{number}" if part_id else str(number))
    return found


def children(part: Part) -> list[Part]:
    """The parts of a multipart."""
    inner = part.get_payload()
    return [child for child in inner if isinstance(child, Part)] if isinstance(inner, list) else []


def headers_of(part: Part) -> list[tuple[str, str]]:
    """Decoded, unfolded headers; bytes outside ASCII are read as UTF-8."""
    return [(name, _readable(value)) for name, value in part.raw_items()]


def _readable(value: object) -> str:
    return _words(_unfolded(value))


def _unfolded(value: object) -> str:
    text = re.sub(r"\r?\n(?=[ \t])", "", str(value))
    if any("\udc80" <= char <= "\udcff" for char in text):
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text.strip()


def _words(text: str) -> str:
    """The text with its encoded words decoded, as far as they can be."""
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text))).strip()
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return text


def filename_of(part: Part) -> str:
    """The file name of an attachment, decoded, "" when the part is none."""
    name = part.get_filename()
    return _readable(name) if name else ""


def payload(part: Part) -> bytes:
    """The bytes of a part, transfer encoding removed; an attached mail as it stands."""
    if part.get_content_maintype() == "message" and children(part):
        return b"".join(_as_bytes(child) for child in children(part))
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _as_bytes(part: Part) -> bytes:
    try:
        return part.as_bytes()
    except (UnicodeError, LookupError, ValueError, TypeError, AttributeError):
        # The generator chokes on some malformed mails that the parser took.
        return "".join(f"{name}: {value}\r\n" for name, value in headers_of(part)).encode("utf-8", "replace")


def decoded(part: Part) -> str:
    """The text of a text part."""
    try:
        return payload(part).decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return payload(part).decode("utf-8", "replace")


def strip_tags(html: str) -> str:
    """The words of an HTML body."""
    return unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?is)<(style|script|head)\b.*?</\1>", " ", html)))


def message_ids(text: str) -> list[str]:
    """The `<…@…>` ids in a Message-ID, References or In-Reply-To header."""
    return re.findall(r"<[^<>\s]+>", text)


def subject_key(subject: str) -> str:
    """The subject without Re:, Fwd: and the like, for telling threads apart."""
    bare = re.sub(r"(?i)^(\s*(re|rv|fw|fwd|aw|res|enc)\s*:\s*)+", "", subject)
    return " ".join(bare.split()).casefold()
