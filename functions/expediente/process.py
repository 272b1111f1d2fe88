"""The process as typed values: what `process/`, `forms/` and `sheets_templates/` say, read once, checked, frozen.

`load()` reads the tables and raises `ConfigurationError` with every problem at once; the reading itself stands in
`process_reader.py`, the rules that tie the tables together in `process_rules.py`, the slower checks in `checks.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Protocol, TypeVar

from expediente.act_rules import Acts
from expediente.ending_rules import Endings
from expediente.eva_rules import EvaRules
from expediente.flow_rules import FlowEdge, FlowNode, Procedure, Stage
from expediente.help_rules import HelpTask
from expediente.payment_rules import PaymentRules
from expediente.point_rules import PointRules
from expediente.portal_rules import PortalRules


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=_Keyed)


def _by_key(items: Iterable[K], key: str) -> K:
    for item in items:
        if item.key == key:
            return item
    raise KeyError(key)


@dataclass(frozen=True)
class Person:
    """Somebody of the company. roles: keys of areas and roles; absences: (first, last) days, inclusive."""

    address: str
    name: str
    roles: tuple[str, ...]
    substitute: str = ""
    absences: tuple[tuple[date, date], ...] = ()
    head_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """One requirement of a mark: name of a known condition and its arguments, `document(inspeccion_seguridad, delivered)`."""

    name: str
    args: tuple[str, ...]


@dataclass(frozen=True)
class MarkRule:
    """A box that an area ticks. per: client | point. evidence: tick | signature. depends_on: field paths that it vouches for."""

    key: str
    label: str
    explains: str
    per: str
    requires: tuple[Condition, ...]
    depends_on: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class Role:
    """A group of people. has_column False for roles that take part without a column. internal: hidden from all but itself."""

    key: str
    label: str
    group: str


@dataclass(frozen=True)
class Area(Role):
    """A role with a column in the control sheet.

    services: the area takes part when one of these is contracted; empty = always. opens_at: received | papers_complete.
    early_mail / notice_mail: names of mails ('' = none). duties: what its mail asks, one line each.
    reads: field paths whose contents its mail and the sheet may show it.
    """

    order: int = 0
    services: tuple[str, ...] = ()
    opens_at: str = "papers_complete"
    early_mail: str = ""
    notice_mail: str = ""
    duties: tuple[str, ...] = ()
    marks: tuple[MarkRule, ...] = ()
    color: str = ""
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentRule:
    """A kind of paper.

    kinds: kinds of person that must bring it. per: client | representative | shareholder_person | shareholder_company | point.
    given_by: role or area that brings it. gate: handover | activation. place: folder key where it is filed.
    number: what the Encargado writes in its column Número, '' = nothing; holder: she writes whose name it bears.
    checks: of `paper_checks.CHECKS`, made with what she wrote. renew_days_before: when a renewal is asked in force.
    internal: seen by its role alone. hints: words that betray it in a file name. only_if: named condition or ''.
    waivable: Cumplimiento may do without it for a time.
    """

    key: str
    label: str
    explains: str
    kinds: tuple[str, ...]
    per: str
    given_by: str
    gate: str
    place: str
    internal: bool = False
    only_if: str = ""
    has_issue_date: bool = False
    has_expiry: bool = False
    max_age_days: int | None = None
    number: str = ""
    holder: bool = False
    checks: tuple[str, ...] = ()
    renew_days_before: int = 0
    hints: tuple[str, ...] = ()
    waivable: bool = False


@dataclass(frozen=True)
class GrantRule:
    """Who gets a direct permission on a place. principal: `role:KEY`, `area:KEY`, `person:vendedora`, `group:KEY` of company.

    role: writer | reader. only_while: named condition (`paper_asked`, `area_takes_part`) or '' = always.
    """

    principal: str
    role: str
    only_while: str = ""


@dataclass(frozen=True)
class FolderRule:
    """A folder of every dossier. drive: dossiers | compliance. limited: access not inherited. on_demand: made at its first use."""

    key: str
    name: str
    drive: str
    limited: bool
    grants: tuple[GrantRule, ...]
    on_demand: bool = False


@dataclass(frozen=True)
class StateParent:
    """A folder at the top of the dossier drive that holds the dossiers of some states; grants are inherited by all in it."""

    key: str
    name: str
    states: tuple[str, ...]
    grants: tuple[GrantRule, ...]


@dataclass(frozen=True)
class DriveRule:
    """A shared drive. key: dossiers | compliance; members: people's groups with role organizer | fileOrganizer."""

    key: str
    name: str
    members: tuple[GrantRule, ...]


@dataclass(frozen=True)
class LedgerFolder:
    """Where Cartera drops what it exports. folders: incoming, answered, done -> name of the folder in it."""

    name: str
    folders: dict[str, str]
    grants: tuple[GrantRule, ...]


@dataclass(frozen=True)
class Access:
    """The complete list of grants. sheet_grants: of the control sheet; exchange_grants: of that of exchanges; drives: the shared ones.

    register_grants: by audience; dossier_page: who opens the page of a dossier; audit_dossiers_a_night: how many are compared with Drive each night.
    """

    folders: tuple[FolderRule, ...]
    parents: tuple[StateParent, ...]
    sheet_grants: tuple[GrantRule, ...]
    exchange_grants: tuple[GrantRule, ...]
    register_grants: dict[str, tuple[GrantRule, ...]]
    adjustments_grants: tuple[GrantRule, ...]
    ledger: LedgerFolder
    drives: tuple[DriveRule, ...] = ()
    dossier_page: tuple[str, ...] = ()
    audit_dossiers_a_night: int = 0

    def folder(self, key: str) -> FolderRule:
        """The folder of that key. :raises KeyError: unknown key."""
        return _by_key(self.folders, key)

    def drive(self, key: str) -> DriveRule:
        """The shared drive of that key. :raises KeyError: unknown key."""
        return _by_key(self.drives, key)


@dataclass(frozen=True)
class Deadline:
    """Working hours until something is due, and the working days on which it is reminded."""

    key: str
    due_after_working_hours: int
    reminders_on_working_days: tuple[int, ...] = ()


@dataclass(frozen=True)
class FollowUp:
    """The digest of the morning. from_hour: HH:MM of the company; escalates_to: `head` or `role:KEY`; 0 = never, for both numbers."""

    from_hour: str
    escalates_from_reminder: int
    escalates_to: tuple[str, ...]
    repeats_every_working_days: int
    client_text: str


@dataclass(frozen=True)
class WeeklyReport:
    """When the report of the week is due. weekday: key of a day; from_hour: HH:MM of the company; most_late: how many it names."""

    weekday: str
    from_hour: str
    most_late: int


@dataclass(frozen=True)
class TaskRule:
    """What waits for whom. deadline '' = that of the area; waits_for: `person:vendedora`, `role:KEY` or `area:concerned`.

    asks: with the names `{items}`, `{area}`, `{reason}`. confidential: seen by people of that role alone.
    """

    key: str
    waits_for: str
    asks: str
    leads_to: str
    deadline: str = ""
    confidential: bool = False


@dataclass(frozen=True)
class Choice:
    """A term of the company: key, Spanish label and, where it matters, a number of order."""

    key: str
    label: str


@dataclass(frozen=True)
class Aspect:
    """A row that the areas read in the control sheet. shows: field paths, formatted one a line."""

    key: str
    label: str
    shows: tuple[str, ...]
    per: str = "client"


@dataclass(frozen=True)
class MailRule:
    """A mail of process/mails/. sender: key of company senders. to: principal as in GrantRule, or `client:contact`.

    Two principals are known only when the mail is written: `person:author` (who ticked or observed) and `area:concerned`.
    attaches: names of renderings (`notify.ATTACHED`). action: where its one button leads (`control_sheet`, `delivery_page`,
    `upload_folder`, `closing_page`, `signing_page`, `compliance_page`, `documents`, `security_folder`, `dossier_folder`,
    `act_page`, `dossier_page`, `register`, `portal`, `correction_form`; '' = no button).
    template: folder of process/mails/ with its texts; several mails may share one. confidential: not even told to administrators.
    watched: whether it is looked for among what comes back undelivered.
    """

    key: str
    sender: str
    to: str
    action: str = ""
    action_label: str = ""
    attaches: tuple[str, ...] = ()
    cc: str = ""
    template: str = ""
    confidential: bool = False
    watched: bool = False


@dataclass(frozen=True)
class RequestKind:
    """A request that the welcome mail explains, opened as a mailto link with subject and client code."""

    key: str
    label: str
    subject: str
    explains: str


@dataclass(frozen=True)
class Company:
    """Who the company is and how clients reach it. A missing contact stops every mail to a client.

    umbrellas: key of a group -> keys of the areas that it unites.
    """

    name: str
    short_name: str
    domain: str
    timezone: str
    currency: str
    customer_service_email: str
    customer_service_phone: str
    customer_service_hours: str
    privacy_notice: str
    senders: dict[str, str]
    groups: dict[str, str]
    umbrellas: dict[str, tuple[str, ...]]
    people: tuple[Person, ...]
    denarius_pattern: str
    denarius_example: str
    response_times: tuple[str, ...]
    change_policies: tuple[str, ...]
    supplies_process: tuple[str, ...]
    coordination: tuple[str, ...]
    requests: tuple[RequestKind, ...]

    def with_role(self, role: str) -> tuple[Person, ...]:
        """The people of an area or role, in the order of the table."""
        return tuple(person for person in self.people if role in person.roles)

    def person(self, address: str) -> Person | None:
        """Who has that address, in any spelling of case."""
        wanted = address.strip().lower()
        return next((person for person in self.people if person.address.lower() == wanted), None)

    def money(self, amount: Decimal | None) -> str:
        """An amount as people read it, `B/. 1,800.00`, the sign in front; '' for None."""
        if amount is None:
            return ""
        sign = "-" if amount < 0 else ""
        return f"{sign}{self.currency} {abs(amount):,.2f}"


@dataclass(frozen=True)
class Calendar:
    """When the company works: day keys, hours HH:MM of its time zone, free days besides the public holidays."""

    working_days: tuple[str, ...]
    from_hour: str
    to_hour: str
    extra_holidays: tuple[date, ...] = ()


@dataclass(frozen=True)
class DeliveryLimits:
    """What may be handed in on the page: megabytes (of 1024 * 1024 bytes) of one file, files of one paper."""

    max_file_mb: int
    max_files_per_paper: int

    @property
    def max_file_bytes(self) -> int:
        """The largest file that is taken."""
        return self.max_file_mb * 1024 * 1024


@dataclass(frozen=True)
class MostRequests:
    """How many requests of clients are taken up: waiting in one dossier, and mails an hour about those of nobody known."""

    waiting: int
    unidentified_mails_an_hour: int


@dataclass(frozen=True)
class Process:
    """Everything that the tables say. folder: the root that they were read from, which holds `process/`.

    fields: every field path that the tables may name, with its Spanish name. months: January first.
    history: kinds of audit events that the page of a dossier tells, with their words.
    new_areas_after: flowchart box behind which areas without a box of their own appear.
    own_paragraphs: mail -> the company's own text; holiday_reasons: why a day of `extra_holidays` is free (`adjustments.py`).
    """

    folder: Path
    company: Company
    areas: tuple[Area, ...]
    roles: tuple[Role, ...]
    documents: tuple[DocumentRule, ...]
    access: Access
    deadlines: dict[str, Deadline]
    follow_up: FollowUp
    weekly_report: WeeklyReport
    tasks: dict[str, TaskRule]
    aspects: tuple[Aspect, ...]
    mails: dict[str, MailRule]
    states: dict[str, Choice]
    point_states: dict[str, Choice]
    return_reasons: tuple[Choice, ...]
    services: dict[str, Choice]
    kinds_of_person: dict[str, Choice]
    days: dict[str, Choice]
    value_kinds: dict[str, Choice]
    supplies: dict[str, Choice]
    operational_secret: tuple[str, ...]
    neutral_review_text: str
    max_short_name: int
    allowed_mime_types: tuple[str, ...]
    delivery: DeliveryLimits
    high_exchange_amount: Decimal
    beneficial_owner_percent: Decimal
    fields: dict[str, str]
    months: tuple[str, ...]
    calendar: Calendar
    stages: tuple[Stage, ...]
    flow_nodes: tuple[FlowNode, ...]
    flow_edges: tuple[FlowEdge, ...]
    new_areas_after: str
    receivables: Procedure
    help: tuple[HelpTask, ...]
    acts: Acts
    most_requests: MostRequests
    endings: Endings
    portal: PortalRules
    eva: EvaRules
    payments: PaymentRules
    points: PointRules
    labels: dict[str, str] = field(default_factory=dict)
    history: dict[str, str] = field(default_factory=dict)
    own_paragraphs: dict[str, str] = field(default_factory=dict)
    holiday_reasons: dict[date, str] = field(default_factory=dict)

    def area(self, key: str) -> Area:
        """The area of that key. :raises KeyError: unknown key."""
        return _by_key(self.areas, key)

    def document(self, key: str) -> DocumentRule:
        """The kind of paper of that key. :raises KeyError: unknown key."""
        return _by_key(self.documents, key)

    def group_of(self, role: str) -> str:
        """The group address of an area or role. :raises KeyError: unknown key."""
        return _by_key((*self.areas, *self.roles), role).group

    def has_area(self, key: str) -> bool:
        """Whether that key is an area's."""
        return any(area.key == key for area in self.areas)

    def area_of_mail(self, kind: str) -> Area | None:
        """The area that a mail of mails.yaml always goes to, if it goes to one."""
        return next((area for area in self.areas if kind in self.mails and self.mails[kind].to == f"area:{area.key}"), None)

    @property
    def shared_paths(self) -> tuple[str, ...]:
        """Field paths that every area reads and that a mail may show, in the order of the first area."""
        first = self.areas[0].reads if self.areas else ()
        return tuple(
            path for path in first if path not in self.operational_secret and all(path in area.reads for area in self.areas)
        )

    @property
    def confidential_roles(self) -> frozenset[str]:
        """Whose work nobody else may see."""
        return frozenset(rule.waits_for.partition(":")[2] for rule in self.tasks.values() if rule.confidential)

    def label_of(self, role: str) -> str:
        """The Spanish name of an area or role. :raises KeyError: unknown key."""
        return _by_key((*self.areas, *self.roles), role).label

    def deadline_of(self, area: str) -> Deadline:
        """Until when an area confirms: `confirm_<area>` of deadlines.yaml, or `confirm` for all that have none of their own."""
        return self.deadlines.get(f"confirm_{area}", self.deadlines["confirm"])


ROOT = Path(__file__).resolve().parents[2]


def load(root: Path | None = None) -> Process:
    """Read the tables under `root` (the folder that holds `process/`; by default the one of this installation).

    :raises ConfigurationError: a file is missing or broken, or the tables contradict each other; names every problem at once.
    """
    from expediente import process_reader  # its own module for size; it imports the types above

    return process_reader.read(root or ROOT)
