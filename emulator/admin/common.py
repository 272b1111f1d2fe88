"""What the parts of the Directory API share: ids, refusals, pages, and finding what a key names."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from emulator.directory import Directory, Group, Person
from emulator.kernel import ApiError, Call, Json

CUSTOMER = "C0blindad"
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_TEST_HOST = ".test-google-a.com"


def user_id(person: Person) -> str:
    """The number by which the directory knows an account; the same on every start."""
    return person.number or id_of_address(person.address)


def id_of_address(address: str) -> str:
    """The number of an account of that address: 21 digits."""
    return str(10**20 + int.from_bytes(hashlib.sha256(address.encode()).digest()[:8], "big"))


def group_id(group: Group) -> str:
    """The id of a group: a zero and fourteen digits and letters."""
    return group.number or id_of_group(group.address)


def id_of_group(address: str) -> str:
    """The id of a group of that address."""
    return "0" + "".join(_BASE36[byte % 36] for byte in hashlib.sha256(address.encode()).digest()[:14])


def test_alias(address: str) -> str:
    """The address that Google adds to every account and group of a domain."""
    return address + _TEST_HOST


def require_admin(call: Call) -> None:
    """403 for whoever does not administer the domain."""
    if not call.world.directory.is_admin(call.actor):
        raise not_authorized()


def not_authorized() -> ApiError:
    """403: the caller may not, or the thing belongs to another company."""
    return ApiError(403, "Not Authorized to access this resource/api", reason="forbidden")


def not_found(place: str) -> ApiError:
    """404: nothing is known by that key."""
    return ApiError(404, f"Resource Not Found: {place}", reason="notFound")


def invalid(message: str) -> ApiError:
    """400 invalid."""
    return ApiError(400, message, reason="invalid")


def duplicate(message: str = "Entity already exists.") -> ApiError:
    """409: the address is taken."""
    return ApiError(409, message, reason="duplicate")


def person_of(directory: Directory, key: str) -> Person:
    """The account of an address, alias or id; 404, or 403 for an address of another company."""
    found = directory.people.get(directory.canonical(key))
    if found is None:
        found = next((person for person in directory.people.values() if user_id(person) == key), None)
    if found is None:
        raise _unknown(directory, key, "userKey")
    return found


def group_of(directory: Directory, key: str) -> Group:
    """The group of an address, alias or id; 404, or 403 for an address of another company."""
    found = directory.groups.get(directory.canonical(key))
    if found is None:
        found = next((group for group in directory.groups.values() if group_id(group) == key), None)
    if found is None:
        raise _unknown(directory, key, "groupKey")
    return found


def _unknown(directory: Directory, key: str, place: str) -> ApiError:
    return not_authorized() if "@" in key and not directory.in_domain(key) else not_found(place)


def new_address(call: Call, wanted: str, refusal: str) -> str:
    """An address of the domain that is still free: 400 for what is none, 404 for another domain, 409 for one in use."""
    directory, address = call.world.directory, wanted.strip().lower()
    name, _, host = address.partition("@")
    if not name or not host or "@" in host or " " in address:
        raise invalid(refusal)
    if not directory.in_domain(address):
        raise ApiError(404, "Domain not found.", reason="notFound")
    low = directory.canonical(address)
    if low in directory.people or low in directory.groups:
        raise duplicate()
    return address


def etag(*parts: object) -> str:
    """The mark of a state: two parts, as Google's."""
    first, second = (hashlib.sha256(repr(part).encode()).digest() for part in ("directory", parts))
    return f'"{_text(first)}/{_text(second[:20])}"'


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def page(call: Call, items: list[Any], most: int, usual: int) -> tuple[list[Any], str | None]:
    """The part of a list that was asked for, and the token of what follows."""
    size = min(max(int(call.query.get("maxResults", usual)), 1), most)
    start = _start(call.query.get("pageToken", ""))
    rest = start + size < len(items)
    return items[start : start + size], _token(start + size) if rest else None


def _token(start: int) -> str:
    return base64.b64encode(f"{start:024d}".encode()).decode()


def _start(token: str) -> int:
    try:
        return int(base64.b64decode(token, validate=True) or b"0")
    except (binascii.Error, ValueError) as error:
        raise invalid("Invalid Input: pageToken") from error


def listing(kind: str, name: str, items: list[Json], token: str | None) -> Json:
    """A list as Google shows it: without the member when there is nothing in it."""
    answer: Json = {"kind": f"admin#directory#{kind}", "etag": etag(kind, items)}
    if items:
        answer[name] = items
    if token:
        answer["nextPageToken"] = token
    return answer


def require_place(call: Call) -> None:
    """400 for a list of nothing in particular, 404 for another domain."""
    if not ({"customer", "domain", "userKey"} & call.query.keys()):
        raise ApiError(400, "Bad Request", reason="badRequest")
    if call.query.get("customer", CUSTOMER) not in ("my_customer", CUSTOMER):
        raise ApiError(400, "Bad Request", reason="badRequest")
    domain = call.query.get("domain")
    if domain is not None and domain.lower() != call.world.directory.domain:
        raise ApiError(404, "Domain not found.", reason="notFound")
