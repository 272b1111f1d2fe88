"""Google's addresses, as they stand in mails and sheets, and the pages of the desk that stand for them."""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import quote, urlsplit

from markupsafe import Markup

_ID = r"([A-Za-z0-9_-]+)"
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"docs\.google\.com/(?:a/[^/]+/)?forms/(?:u/\d+/)?d/e/{_ID}(?:/.*)?"), "/desk/form/e/{}"),
    (re.compile(rf"docs\.google\.com/(?:a/[^/]+/)?forms/(?:u/\d+/)?d/{_ID}(?:/.*)?"), "/desk/form/{}"),
    (re.compile(rf"docs\.google\.com/(?:a/[^/]+/)?spreadsheets/(?:u/\d+/)?d/{_ID}(?:/.*)?"), "/desk/sheet/{}"),
    (re.compile(rf"docs\.google\.com/(?:document|presentation|drawings|file)/(?:u/\d+/)?d/{_ID}(?:/.*)?"), "/desk/file/{}"),
    (re.compile(rf"drive\.google\.com/drive/(?:u/\d+/)?(?:mobile/)?folders/{_ID}(?:/.*)?"), "/desk/drive/folder/{}"),
    (re.compile(rf"drive\.google\.com/file/(?:u/\d+/)?d/{_ID}(?:/.*)?"), "/desk/file/{}"),
    (re.compile(r"drive\.google\.com/drive(?:/(?:u/\d+/)?my-drive)?/?"), "/desk/drive"),
    (re.compile(r"drive\.google\.com/(?:open|uc)"), "/desk/open"),
    (re.compile(r"mail\.google\.com/.*"), "/desk/mail"),
)
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_HREF = re.compile(r"""(<a\b[^>]*?\bhref\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)""", re.IGNORECASE)
_PICTURE = re.compile(r"""(<img\b[^>]*?\bsrc\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)""", re.IGNORECASE)
_NO_PICTURE = "data:,"
# What would fetch something or act if the frame let it. The frame's policy is what forbids it; without these tags nothing is tried.
_SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_FETCHING_TAG = re.compile(r"</?(?:link|meta|base|i?frame|frameset|object|embed|video|audio|source|track)\b[^>]*>", re.IGNORECASE)
_FETCHING_ATTRIBUTE = re.compile(
    r"""\s(?:background|srcset|poster|lowsrc|dynsrc)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+)(?=[^<>]*>)""", re.IGNORECASE
)
_FETCHING_STYLE = re.compile(r"""@import[^;<]*;?|url\(\s*["']?\s*(?!data:image/)[^)<]*\)?""", re.IGNORECASE)


def desk_path(address: str) -> str | None:
    """The page of the desk for one of Google's addresses, query and fragment kept; None for any other address."""
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https"):
        return None
    place = parts.netloc.lower() + parts.path
    for shape, page in _SHAPES:
        found = shape.fullmatch(place)
        if found:
            path = page.format(*found.groups())
            return path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
    return None


def for_desk(address: str) -> str:
    """Where a link leads when it is followed on the desk; `#` for schemes that a page must not open."""
    scheme = address.strip().partition(":")[0].lower() if ":" in address else ""
    if scheme == "mailto":
        return "/desk/mail/write?mailto=" + quote(address.strip(), safe="")
    if scheme not in ("http", "https"):
        return "#"
    return desk_path(address) or address


def linked(text: str) -> Markup:
    """Plain text with its addresses made into links."""
    shown, last = [], 0
    for found in _ADDRESS.finditer(text):
        shown.append(escape(text[last : found.start()]))
        target = escape(for_desk(found[0]))
        shown.append(f'<a href="{target}" target="_blank" rel="noreferrer">{escape(found[0])}</a>')
        last = found.end()
    return Markup("".join(shown) + escape(text[last:]))  # noqa: S704 - every part is escaped above


def mail_html(html: str, inline_parts: dict[str, str]) -> str:
    """The HTML of a mail with Google's links led to the desk and pictures from outside left out.

    What would fetch something is taken out too, so that the frame, which runs and loads nothing, has nothing to refuse.

    inline_parts: Content-ID -> address of the picture on the desk.
    """

    def lead(match: re.Match[str]) -> str:
        address = unescape(match[2].strip("\"'"))
        if address.startswith("#"):
            return match[0]
        return f'{match[1]}"{escape(for_desk(address))}"'

    def picture(match: re.Match[str]) -> str:
        source = unescape(match[2].strip("\"'")).strip()
        if source.lower().startswith("cid:"):
            source = inline_parts.get(source[4:], _NO_PICTURE)
        elif not source.lower().startswith("data:image/"):
            # The frame would refuse it too; without the attempt nothing is left to refuse.
            source = _NO_PICTURE
        return f'{match[1]}"{escape(source)}"'

    kept = _FETCHING_TAG.sub("", _SCRIPT.sub("", html))
    kept = _FETCHING_STYLE.sub("", _FETCHING_ATTRIBUTE.sub("", kept))
    return _PICTURE.sub(picture, _HREF.sub(lead, kept))
