"""The methods of `comments` and `replies`. Source: Drive API guide, "Manage comments and replies"."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import cast

from emulator.drive import refusals
from emulator.drive.access import Eye
from emulator.drive.calls import item, paged
from emulator.drive.capabilities import at_least
from emulator.drive.locks import check_unlocked
from emulator.drive.model import COMMENTS, Comment, File, Reply, parse_time, rfc3339
from emulator.kernel import Call, Json, Table, World, handles


def _all(call: Call) -> Table[dict[str, Comment]]:
    return cast("Table[dict[str, Comment]]", call.world.table(COMMENTS))


def copy_open(world: World, source: File, copy: File) -> None:
    """Give a copy the comments of its source that are neither resolved nor deleted, with ids of their own."""
    held = cast("Table[dict[str, Comment]]", world.table(COMMENTS))
    carried = [one for one in held.get(source.id, {}).values() if not one.resolved and not one.deleted]
    fresh = [replace(one, id=world.new_id("AAAA", 11), replies=[replace(reply) for reply in one.replies]) for one in carried]
    if fresh:
        held[copy.id] = {one.id: one for one in fresh}


def _check_fields(call: Call) -> None:
    if not call.query.get("fields"):
        raise refusals.fields_required()


def _comment(call: Call, file: File, *, deleted: bool = False) -> Comment:
    wanted = call.path["commentId"]
    found = _all(call).get(file.id, {}).get(wanted)
    if found is None or (found.deleted and not deleted):
        raise refusals.not_found("Comment", wanted, "commentId")
    return found


def _reply(call: Call, comment: Comment, *, deleted: bool = False) -> Reply:
    wanted = call.path["replyId"]
    found = next((one for one in comment.replies if one.id == wanted and (deleted or not one.deleted)), None)
    if found is None:
        raise refusals.not_found("Reply", wanted, "replyId")
    return found


def _saved(call: Call, file: File, comment: Comment) -> None:
    _all(call)[file.id] = _all(call).get(file.id, {}) | {comment.id: comment}


def _writable(call: Call) -> File:
    file = item(call, "commenter", gated=False)
    check_unlocked(file)
    return file


@handles("drive.comments.create")
def create(call: Call) -> Json:
    """`drive.comments.create`, for commenters and above, not on a locked file."""
    _check_fields(call)
    file, body = _writable(call), call.body
    if not body.get("content"):
        raise refusals.required("comment.content")
    now = call.now
    comment = Comment(call.world.new_id("AAAA", 11), call.actor.lower(), str(body["content"]), now, now)
    comment.anchor, comment.quoted = body.get("anchor"), body.get("quotedFileContent")
    _saved(call, file, comment)
    return _resource(call, comment)


@handles("drive.comments.get")
def get(call: Call) -> Json:
    """`drive.comments.get`."""
    _check_fields(call)
    file = item(call, gated=False)
    return _resource(call, _comment(call, file, deleted=bool(call.query.get("includeDeleted"))))


@handles("drive.comments.list")
def list_comments(call: Call) -> Json:
    """`drive.comments.list`, newest first."""
    _check_fields(call)
    file = item(call, gated=False)
    found = [one for one in _all(call).get(file.id, {}).values() if call.query.get("includeDeleted") or not one.deleted]
    if call.query.get("startModifiedTime"):
        try:
            since = parse_time(str(call.query["startModifiedTime"]))
        except ValueError:
            raise refusals.invalid("startModifiedTime") from None
        found = [one for one in found if one.modified_at >= since]
    shown = [_resource(call, one) for one in sorted(found, key=lambda one: one.modified_at, reverse=True)]
    return paged(call, shown, "drive#commentList", "comments", default=20, most=100)


@handles("drive.comments.update")
def update(call: Call) -> Json:
    """`drive.comments.update`, by the author alone."""
    _check_fields(call)
    file = _writable(call)
    comment = _comment(call, file)
    _check_author(call, file, comment.author)
    comment.content, comment.modified_at = str(call.body.get("content") or comment.content), call.now
    _saved(call, file, comment)
    return _resource(call, comment)


@handles("drive.comments.delete")
def delete(call: Call) -> None:
    """`drive.comments.delete`: the author or the owner; its text is gone."""
    file = _writable(call)
    comment = _comment(call, file)
    if not at_least(Eye(call.world, call.actor), file, "organizer"):
        _check_author(call, file, comment.author)
    comment.deleted, comment.content, comment.modified_at = True, "", call.now
    _saved(call, file, comment)


def _check_author(call: Call, file: File, author: str) -> None:
    if author != call.actor.lower():
        raise refusals.insufficient()


@handles("drive.replies.create")
def create_reply(call: Call) -> Json:
    """`drive.replies.create`; `action` resolves or reopens the comment."""
    file, body = _writable(call), call.body
    comment = _comment(call, file)
    action = body.get("action")
    if action not in (None, "resolve", "reopen"):
        raise refusals.invalid("reply.action")
    if not body.get("content") and action is None:
        raise refusals.required("reply.content")
    reply = Reply(call.world.new_id("AAAA", 11), call.actor.lower(), str(body.get("content") or ""), call.now, call.now, action)
    comment.replies.append(reply)
    comment.modified_at = call.now
    comment.resolved = action == "resolve" if action else comment.resolved
    _saved(call, file, comment)
    return _reply_resource(call, reply)


@handles("drive.replies.get")
def get_reply(call: Call) -> Json:
    """`drive.replies.get`."""
    comment = _comment(call, item(call, gated=False))
    return _reply_resource(call, _reply(call, comment, deleted=bool(call.query.get("includeDeleted"))))


@handles("drive.replies.list")
def list_replies(call: Call) -> Json:
    """`drive.replies.list`, oldest first."""
    comment = _comment(call, item(call, gated=False))
    shown = [_reply_resource(call, one) for one in comment.replies if call.query.get("includeDeleted") or not one.deleted]
    return paged(call, shown, "drive#replyList", "replies", default=20, most=100)


@handles("drive.replies.update")
def update_reply(call: Call) -> Json:
    """`drive.replies.update`, by the author alone."""
    file = _writable(call)
    comment = _comment(call, file)
    reply = _reply(call, comment)
    _check_author(call, file, reply.author)
    reply.content, reply.modified_at = str(call.body.get("content") or reply.content), call.now
    _saved(call, file, comment)
    return _reply_resource(call, reply)


@handles("drive.replies.delete")
def delete_reply(call: Call) -> None:
    """`drive.replies.delete`, by the author alone."""
    file = _writable(call)
    comment = _comment(call, file)
    reply = _reply(call, comment)
    _check_author(call, file, reply.author)
    reply.deleted, reply.content, reply.modified_at = True, "", call.now
    _saved(call, file, comment)


def _author(call: Call, address: str) -> Json:
    """Comments name their author without address and permission id."""
    name = call.world.directory.display_name(address)
    return {"kind": "drive#user", "displayName": name, "me": address == call.actor.lower()}


def _text(content: str) -> Json:
    return {"content": content, "htmlContent": html.escape(content)}


def _resource(call: Call, comment: Comment) -> Json:
    answer: Json = {
        "kind": "drive#comment",
        "id": comment.id,
        "createdTime": rfc3339(comment.created_at),
        "modifiedTime": rfc3339(comment.modified_at),
        "author": _author(call, comment.author),
        "deleted": comment.deleted,
        "replies": [_reply_resource(call, one) for one in comment.replies if not one.deleted],
    }
    answer |= {} if comment.deleted else _text(comment.content)
    if any(one.action for one in comment.replies):
        answer["resolved"] = comment.resolved
    if comment.anchor:
        answer["anchor"] = comment.anchor
    if comment.quoted:
        answer["quotedFileContent"] = comment.quoted
    return answer


def _reply_resource(call: Call, reply: Reply) -> Json:
    answer: Json = {
        "kind": "drive#reply",
        "id": reply.id,
        "createdTime": rfc3339(reply.created_at),
        "modifiedTime": rfc3339(reply.modified_at),
        "author": _author(call, reply.author),
        "deleted": reply.deleted,
    }
    answer |= {} if reply.deleted else _text(reply.content)
    return answer | ({"action": reply.action} if reply.action else {})
