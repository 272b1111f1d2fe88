"""The values that travel through Expediente: frozen, typed, without input or output.

Keys that stand for business things (areas, papers, services, kinds of person, days) are strings whose meaning lives in
`process/`; the types here only know the shapes. Times are aware datetimes in UTC, amounts are `Decimal` in the company's currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from expediente.access_records import AccessState
from expediente.arrivals import Arrival
from expediente.case_data import Case
from expediente.change_data import Change, Suspension
from expediente.endings import Cancellation, Pause, Urgency, Waiver, Withdrawal
from expediente.exchange_data import Processing
from expediente.intake_data import ClientData, Contact, Intake
from expediente.point_data import Point
from expediente.request_data import ServiceRequest
from expediente.welcome_data import Welcome

SCHEMA = 1


class State(StrEnum):
    """Where a dossier stands. `lifecycle.py` holds the only table of moves.

    Cumplimiento's refusal is no state: to everybody else such a dossier looks like one that is still under review.
    """

    COLLECTING = "collecting"
    CONFIRMING = "confirming"
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"


class Rank(StrEnum):
    """How much a broken rule of a form weighs: nothing is made, the dossier opens and lists it, or it is only told."""

    REFUSE = "refuse"
    PENDING = "pending"
    NOTICE = "notice"


class PaperState(StrEnum):
    """What the Encargado says of a required paper; that it has expired, in force, time says."""

    PENDING = "pending"
    VERIFIED = "verified"
    RETURNED = "returned"
    EXPIRED = "expired"


class Evidence(StrEnum):
    """How a mark is known to be a person's: not yet, by the file's last editor, by a name chosen in the sheet, by signature."""

    NONE = "none"
    DECLARED = "declared"
    ATTRIBUTED = "attributed"
    SIGNED = "signed"


class ComplianceState(StrEnum):
    """The screening of a dossier as Cumplimiento decided it. Only Cumplimiento may see more than `UNDER_REVIEW`."""

    UNDER_REVIEW = "under_review"
    PASSED = "passed"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Problem:
    """A broken rule. field: path such as `client.ruc`; question: title in the form; the texts are Spanish, from the form's table."""

    code: str
    rank: Rank
    field: str
    question: str
    written: str
    expected: str
    example: str = ""


# --- records of the store ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Client:
    """A client of the company, apart from its dossiers; the portal stands on it. client_id cannot be guessed."""

    client_id: str
    key: str
    data: ClientData
    contacts: tuple[Contact, ...]
    dossier_ids: tuple[str, ...]
    vendedora: str
    schema: int = SCHEMA


@dataclass(frozen=True)
class Submission:
    """One response of a form and what became of it. versions: lastSubmittedTime of each version seen, oldest first.

    outcome: refused | accepted | repeated | in_process | active | other_vendedora; of a form of a dossier the first two.
    """

    submission_id: str
    form: str
    respondent: str
    dossier_id: str
    outcome: str
    problems: tuple[Problem, ...]
    versions: tuple[str, ...]
    answers: dict[str, list[str]]
    schema: int = SCHEMA


@dataclass(frozen=True)
class Fact:
    """Something that happened outside, stored once under its event_id before anything is done about it.

    kind: form_response | file | workbook | signature | compliance | look. payload: plain JSON, its shape stands beside each reader.
    """

    event_id: str
    dossier_id: str
    kind: str
    at: datetime
    actor: str
    payload: dict[str, Any]
    schema: int = SCHEMA


@dataclass(frozen=True)
class StepRecord:
    """An outside effect: intent before, result after. state: intended | done. result: plain strings (ids, links)."""

    state: str
    effect: str
    file_id: str = ""
    result: dict[str, str] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True)
class DeliveredFile:
    """A file that a person put into a folder of the dossier. papers: keys of the paper rows it serves; none = unclassified.

    listed: stands in the workbook; filed: renamed and moved to its place; refused: code of the rule that it breaks.
    """

    file_id: str
    name: str
    mime_type: str
    place: str
    by: str
    at: datetime
    papers: tuple[str, ...] = ()
    listed: bool = False
    filed: bool = False
    refused: str = ""


@dataclass(frozen=True)
class Paper:
    """What is known of one required paper (key `kind`, `kind:person` or `kind:point`).

    number, holder: as the Encargado typed them from the paper. renews_since: when a new one was asked for, None = it is not.
    """

    state: PaperState = PaperState.PENDING
    reason: str = ""
    detail: str = ""
    issued_on: date | None = None
    expires_on: date | None = None
    by: str = ""
    at: datetime | None = None
    returns: int = 0
    number: str = ""
    holder: str = ""
    renews_since: datetime | None = None


@dataclass(frozen=True)
class Confirmation:
    """One mark as it stands. depends_hash: hash of the fields that were read; void when it differs from today's.

    from_page: it was given on the page, so the box in the sheet is ticked for its person.
    """

    ticked: bool
    evidence: Evidence
    person: str
    at: datetime
    depends_hash: str
    from_page: bool = False


@dataclass(frozen=True)
class Observation:
    """An area says Observado with its reason: its clock stops, activation is blocked, the vendedora is asked."""

    reason: str
    by: str
    at: datetime
    round: int


@dataclass(frozen=True)
class Refusal:
    """A tick that cannot stand: it is put back in the sheet and its person is told. round: how often it happened to this mark."""

    reason: str
    person: str
    round: int
    put_back: bool = False


@dataclass(frozen=True)
class Comment:
    """What a person wrote on the page of a dossier. by: address."""

    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Grant:
    """A direct permission that we made. place: folder or sheet key; principal: address."""

    place: str
    principal: str
    kind: str
    role: str
    permission_id: str


@dataclass(frozen=True)
class Lease:
    """Who may write a dossier's effects. epoch rises at every taking; until: UTC."""

    owner: str
    epoch: int
    until: datetime


@dataclass(frozen=True)
class Dossier:
    """One onboarding, with all its records: the unit of reconciliation and of commits.

    marks: `area/mark` or `area/mark/point`. points: by code. sheet_round: how often the frozen control sheet was opened again.
    stale: workbooks to read (`documents`, `control_sheet`);
    compliance_of: hash of the people and companies that the decision is about.
    stale_by: who changed each of them last, kept until it has been read;
    last_revisions: up to where the revisions of each have been looked at.
    next_look_at: the only timer; None = at rest. problems: of rank pending or notice, still open.
    next_reminder: `day/dossier_id` of the next reminder, None = none; reminded_until: the last day that was reminded;
    area_clocks: from when an area's period counts, where an observation has stopped it.
    access: what the access audit has found in Drive;
    deeds: how often each signed act was done (`act` or `act/subject`); comments: what people wrote on its page.
    withdrawals, pauses, cancellations: all there were, the last one counts; waivers: by key of the paper.
    kyc: what the form of that name was answered, by question.
    changes: by id, oldest first; suspensions: by code of point, '' = the whole client;
    asked_again: marks that a change has voided, with its id, until they are signed.
    service_requests: what the client asked for, by id; request_token: hash of the token of its links.
    form_returns: how often the form came back to be corrected.
    resets: papers whose row goes back to pending in the workbook; notes: our word beside a row of it (row key -> text).
    arrivals: files handed in on the page, by `Arrival.key`.
    case_files: papers that the client has handed in with its cases, by `Arrival.key`;
    past_case_files: the Drive ids of those whose case is kept no more.
    issued: documents issued to the client, by code: the Drive id of the copy, '' = it is still to be made.
    cases: what the client asked in the portal, by id; portal_email: who may enter it for this client, None = nobody.
    eva_ratings: month -> how often the client rated Eva herself, and the sum of 1 to 5.
    """

    dossier_id: str
    client_id: str
    client_key: str
    state: State
    vendedora: str
    opened_at: datetime
    intake: Intake
    submission_id: str
    data_version: int = 1
    previous_dossier_id: str = ""
    problems: tuple[Problem, ...] = ()
    state_since: datetime | None = None
    papers: dict[str, Paper] = field(default_factory=dict)
    files: dict[str, DeliveredFile] = field(default_factory=dict)
    denarius_code: str = ""
    physical_location: str = ""
    points: dict[str, Point] = field(default_factory=dict)
    processing: Processing = Processing()
    welcome: Welcome = Welcome()
    acknowledged_by: str = ""
    compliance: ComplianceState = ComplianceState.UNDER_REVIEW
    compliance_by: str = ""
    compliance_of: str = ""
    marks: dict[str, Confirmation] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)
    resets: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    note_round: int = 0
    refusals: dict[str, Refusal] = field(default_factory=dict)
    signed_notes: dict[str, str] = field(default_factory=dict)
    last_revisions: dict[str, str] = field(default_factory=dict)
    sheet_round: int = 0
    closed_by: str = ""
    closed_at: datetime | None = None
    notices: dict[str, str] = field(default_factory=dict)
    steps: dict[str, StepRecord] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    stale_by: dict[str, str] = field(default_factory=dict)
    lease: Lease | None = None
    attempts: int = 0
    parked: str = ""
    next_look_at: datetime | None = None
    next_reminder: str | None = None
    reminded_until: date | None = None
    area_clocks: dict[str, datetime] = field(default_factory=dict)
    deeds: dict[str, int] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    access: AccessState = AccessState()
    withdrawals: tuple[Withdrawal, ...] = ()
    pauses: tuple[Pause, ...] = ()
    urgency: Urgency | None = None
    waivers: dict[str, Waiver] = field(default_factory=dict)
    kyc: dict[str, str] = field(default_factory=dict)
    cancellations: dict[str, Cancellation] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)
    suspensions: dict[str, Suspension] = field(default_factory=dict)
    asked_again: dict[str, str] = field(default_factory=dict)
    service_requests: dict[str, ServiceRequest] = field(default_factory=dict)
    request_token: str = ""
    arrivals: dict[str, Arrival] = field(default_factory=dict)
    changed_at: datetime | None = None
    form_returns: int = 0
    issued: dict[str, str] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    case_files: dict[str, Arrival] = field(default_factory=dict)
    past_case_files: tuple[str, ...] = ()
    portal_email: str | None = None
    eva_ratings: dict[str, tuple[int, int]] = field(default_factory=dict)
    event_count: int = 0
    chain_head: str = ""
    schema: int = SCHEMA

    def file_id(self, step_key: str) -> str:
        """The Drive id that a step made or intends to make; '' while unknown."""
        record = self.steps.get(step_key)
        return record.file_id if record else ""

    def done(self, step_key: str) -> bool:
        """Whether that step has finished."""
        record = self.steps.get(step_key)
        return record is not None and record.state == "done"


@dataclass(frozen=True)
class Event:
    """An entry of the audit chain: ids, keys and hashes, never personal data. seq starts at 1 for each dossier."""

    dossier_id: str
    seq: int
    at: datetime
    actor: str
    kind: str
    data: dict[str, str]
    previous: str
    hash: str
    schema: int = SCHEMA


@dataclass(frozen=True)
class OutgoingMail:
    """A mail of the outbox. state: new | drafted | sent | parked | skipped. attachments: names of renderings made at sending.

    mail_id: `dossier/key`, which makes it once. sender: configured subject, never from a form.
    waiting_for: the sender while the mail is to be sent, None afterwards (the queue is an index over it).
    """

    mail_id: str
    dossier_id: str
    kind: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    thread: str
    created_at: datetime
    cc: tuple[str, ...] = ()
    reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()
    waiting_for: str | None = None
    state: str = "new"
    draft_id: str = ""
    message_id: str = ""
    thread_id: str = ""
    send_attempts: int = 0
    sent_at: datetime | None = None
    next_try_at: datetime | None = None
    parked: str = ""
    schema: int = SCHEMA


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail. content: base64 of the bytes."""

    name: str
    mime_type: str
    content: str


@dataclass(frozen=True)
class FormSite:
    """A form as `setup` made it: its id, the link for respondents, and the question id of every question key."""

    form_id: str
    responder_uri: str
    question_ids: dict[str, str]


@dataclass(frozen=True)
class Site:
    """What `setup` made in this company's Workspace. parents: folder id by key of access.yaml; forms by name of forms/*.yaml.

    registers: workbook id by audience; ledger: ids of the folder of Cartera (root), of those in it by key of access.yaml, of the template.
    """

    dossier_drive_id: str
    compliance_drive_id: str
    parents: dict[str, str]
    forms: dict[str, FormSite]
    registers: dict[str, str] = field(default_factory=dict)
    adjustments_id: str = ""
    ledger: dict[str, str] = field(default_factory=dict)
    schema: int = SCHEMA
