"""`expediente setup`: what must exist in the company's Workspace before the first client, made once and found again ever after.

Shared drives with their members, the folders of the states with their grants, the intake form with its watch, the register, the
workbook Ajustes, the cursor of the change feed. A second run finds everything and changes nothing. What only a person may switch on is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from expediente import codec, form_build
from expediente.access import principal_of
from expediente.errors import NotFoundError
from expediente.form_definition import ANYONE, FormDefinition
from expediente.google.drive import FOLDER, SPREADSHEET
from expediente.model import FormSite, Site
from expediente.store import Create, Update

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.google.drive import Drive, GrantInfo
    from expediente.process import DriveRule, GrantRule, StateParent

FORM = "application/vnd.google-apps.form"
WATCH_AT_LEAST = timedelta(days=2)
# The mark by which we find again what we made; the value says which thing it is.
_MARK = "expediente"


@dataclass(frozen=True)
class Report:
    """What a run did or, dry, would do (`done`), and what a person must look at (`look_at`). Spanish sentences.

    site: ids as they stand now; '' for what a dry run did not make.
    """

    done: tuple[str, ...]
    look_at: tuple[str, ...]
    site: Site


def run(app: App, *, dry_run: bool = False) -> Report:
    """Make or find everything and keep its ids in the store (`site/main`).

    :raises GoogleError: Google refuses; what was made so far is found again by the next run.
    """
    return _Setup(app, dry_run).run()


class _Setup:
    """One run. Every writing call goes through `_do`, which is all that a dry run leaves out."""

    def __init__(self, app: App, dry_run: bool) -> None:
        self._app, self._dry_run = app, dry_run
        self._drive: Drive = app.google.drive
        self._done: list[str] = []
        self._look_at: list[str] = []
        found = app.store.get("site", "main")
        self._version = found.version if found else ""
        self._stored = codec.from_data(Site, found.data) if found else None

    def run(self) -> Report:
        """Everything, in the order in which one thing needs another."""
        access, known = self._app.process.access, self._stored
        names = {drive.name: drive.drive_id for drive in self._drive.list_drives()}
        dossiers = self._shared_drive(access.drive("dossiers"), known.dossier_drive_id if known else "", names)
        compliance = self._shared_drive(access.drive("compliance"), known.compliance_drive_id if known else "", names)
        parents = {parent.key: self._parent(parent, dossiers) for parent in access.parents}
        forms = {key: self._form(definition) for key, definition in self._app.forms.items()}
        site = Site(dossiers, compliance, parents, forms)
        if known:
            site = replace(site, registers=known.registers, adjustments_id=known.adjustments_id, ledger=known.ledger)
        self._keep(site)
        registers = {audience: self._register(site, audience) for audience in access.register_grants}
        site = replace(site, registers={audience: file_id for audience, file_id in registers.items() if file_id})
        self._keep(site)
        site = replace(site, adjustments_id=self._adjustments(site))
        self._keep(site)
        site = replace(site, ledger=self._ledger(site))
        self._keep(site)
        self._cursor(site)
        return Report(tuple(self._done), tuple(self._look_at), site)

    def _do(self, what: str, action: Callable[[], str | None]) -> str:
        self._done.append(what)
        return "" if self._dry_run else action() or ""

    # --- drives and folders ----------------------------------------------------------------------------------------------------

    def _shared_drive(self, rule: DriveRule, known_id: str, names: dict[str, str]) -> str:
        drive_id = known_id if known_id in names.values() else names.get(rule.name, "")
        if not drive_id:
            drive_id = self._do(f"crear la unidad compartida «{rule.name}»", lambda: self._new_drive(rule))
        if drive_id:
            self._grants(drive_id, f"la unidad «{rule.name}»", rule.members)
        return drive_id

    def _new_drive(self, rule: DriveRule) -> str:
        """The request id is made of its key and project: a repeat after a lost answer makes no second drive."""
        made = self._drive.create_drive(f"expediente-{rule.key}-{self._app.settings.project_id}", rule.name)
        self._drive.restrict_drive(
            made.drive_id, domain_users_only=True, members_only=rule.key == "compliance", organizers_share_folders=True
        )
        return made.drive_id

    def _parent(self, parent: StateParent, drive_id: str) -> str:
        mark = f"parent:{parent.key}"
        folder_id = self._found(drive_id, mark, FOLDER)
        if not folder_id:
            folder_id = self._do(f"crear la carpeta «{parent.name}»", lambda: self._new_folder(parent.name, drive_id, mark))
        if folder_id:
            self._grants(folder_id, f"la carpeta «{parent.name}»", parent.grants)
        return folder_id

    def _new_folder(self, name: str, drive_id: str, mark: str) -> str:
        (folder_id,) = self._drive.new_ids(1)
        self._drive.create_folder(folder_id, name, drive_id, False, {_MARK: mark})
        return folder_id

    def _found(self, drive_id: str, mark: str, mime: str) -> str:
        found = self._drive.find_child(drive_id, _MARK, mark, mime, drive_id) if drive_id else []
        return found[0] if found else ""

    def _grants(self, file_id: str, place: str, rules: Iterable[GrantRule]) -> None:
        """Give what the table says and is missing. What stands beside it is the access audit's matter, not ours."""
        have = {(grant.address.lower(), grant.role) for grant in self._drive.list_grants(file_id) if not grant.inherited}
        for rule in rules:
            address, kind = principal_of(self._app.process, rule, None)
            if (address.lower(), rule.role) not in have:

                def give(address: str = address, kind: str = kind, role: str = rule.role) -> None:
                    self._drive.add_grant(file_id, address, kind, role)

                self._do(f"dar a {address} acceso {rule.role} en {place}", lambda: give())

    # --- form ------------------------------------------------------------------------------------------------------------------

    def _form(self, definition: FormDefinition) -> FormSite:
        known = self._stored.forms.get(definition.key) if self._stored else None
        form_id = self._form_id(definition, known.form_id if known else "")
        if not form_id:
            return FormSite("", "", {})
        self._share(form_id, definition)
        forms = self._app.google.forms_setup
        if forms.get_form(form_id).items:
            self._tell_differences(definition, forms.read_form(form_id))
        else:
            self._do(f"llenar el formulario «{definition.title}»", lambda: self._fill(form_id, definition))
        self._publish(form_id, definition)
        self._watch(form_id)
        form = forms.get_form(form_id)
        asked = form_build.question_ids_of(definition, ((item.title, item.question_id) for item in form.items))
        return FormSite(form_id, form.responder_uri, asked)

    def _form_id(self, definition: FormDefinition, known_id: str) -> str:
        """The form of an earlier run, by the store or by its mark in the owner's Drive; else a new one that nobody can answer."""
        owner = self._app.google.forms_drive
        if known_id:
            try:
                if not owner.get_file(known_id).trashed:
                    return known_id
            except NotFoundError:
                pass
        mark = f"form:{definition.key}"
        found = owner.find_child("root", _MARK, mark, FORM)
        return (
            found[0] if found else self._do(f"crear el formulario «{definition.title}»", lambda: self._new_form(definition, mark))
        )

    def _new_form(self, definition: FormDefinition, mark: str) -> str:
        made = self._app.google.forms_setup.create_form(definition.title, definition.document_title)
        self._app.google.forms_drive.set_app_properties(made.form_id, {_MARK: mark})
        return made.form_id

    def _fill(self, form_id: str, definition: FormDefinition) -> None:
        requests = form_build.build_requests(definition, self._app.process.company)
        self._app.google.forms_setup.batch_update(form_id, requests)

    def _tell_differences(self, definition: FormDefinition, form: dict[str, Any]) -> None:
        for difference in form_build.compare(definition, self._app.process.company, form):
            place = f"«{difference.item}»" if difference.item else "el formulario"
            self._look_at.append(f"{definition.title}: {place} no está como en forms/{definition.key}.yaml ({difference.what})")

    def _share(self, form_id: str, definition: FormDefinition) -> None:
        """Only its respondents may answer; only the owner and our account may open it. A link for anyone is taken away or kept."""
        owner, settings = self._app.google.forms_drive, self._app.settings
        grants = owner.list_grants(form_id, view="published")
        for grant in grants:
            if grant.kind == ANYONE and definition.signed_in:
                self._do("quitar el acceso de cualquiera con el enlace al formulario", lambda g=grant: self._revoke(form_id, g))  # type: ignore[misc]
        if not any(grant.address.lower() == settings.service_account and grant.role == "writer" for grant in grants):
            self._do(
                "compartir el formulario con la cuenta de servicio",
                lambda: owner.add_grant(form_id, settings.service_account, "user", "writer"),
            )
        if not definition.signed_in and not any(grant.kind == ANYONE and grant.view == "published" for grant in grants):
            self._do(
                "permitir que cualquiera con el enlace conteste el formulario",
                lambda: owner.add_grant(form_id, "", ANYONE, "reader", view="published"),
            )
        for group in self._groups(definition) if definition.signed_in else ():
            if not any(grant.address.lower() == group.lower() and grant.view == "published" for grant in grants):

                def allow(group: str = group) -> None:
                    owner.add_grant(form_id, group, "group", "reader", view="published")

                self._do(f"permitir que {group} conteste el formulario", lambda: allow())

    def _groups(self, definition: FormDefinition) -> list[str]:
        """The groups whose people may answer; whose client it is is judged when the response comes."""
        return [self._app.process.group_of(principal.partition(":")[2]) for principal in definition.respondents]

    def _revoke(self, form_id: str, grant: GrantInfo) -> None:
        self._app.google.forms_drive.remove_grant(form_id, grant.permission_id)

    def _publish(self, form_id: str, definition: FormDefinition) -> None:
        form = self._app.google.forms_setup.get_form(form_id)
        if not (form.published and form.accepting):
            self._do(
                f"publicar el formulario «{definition.title}»",
                lambda: self._app.google.forms_setup.set_publish(form_id, published=True, accepting=True),
            )

    def _watch(self, form_id: str) -> None:
        forms, now = self._app.google.forms, self._app.clock.now()
        topic, until = self._app.settings.forms_topic, now + WATCH_AT_LEAST
        alive = [watch for watch in forms.list_watches(form_id) if watch.topic == topic and watch.state == "ACTIVE"]
        if not any(watch.expires_at >= until for watch in alive):

            def ensure() -> None:
                forms.ensure_watch(form_id, topic, until)

            self._do("vigilar las respuestas del formulario", ensure)

    # --- register, store -------------------------------------------------------------------------------------------------------

    def _register(self, site: Site, audience: str) -> str:
        from expediente import register, templates

        name = templates.register(self._app.process.folder).workbooks[audience].file_name
        file_id = site.registers.get(audience) or self._found(site.dossier_drive_id, f"register:{audience}", SPREADSHEET)
        if not file_id:
            file_id = self._do(f"crear el libro «{name}»", lambda: register.create(self._app, audience))
        elif not register.is_built(self._app, file_id):
            # An earlier run died between making the file and filling it.
            self._do(f"llenar el libro «{name}»", lambda: register.fill(self._app, audience, file_id))
        if file_id:
            self._grants(file_id, f"el libro «{name}»", self._app.process.access.register_grants[audience])
        return file_id

    def _adjustments(self, site: Site) -> str:
        """The workbook Ajustes; who writes into it stands in access.yaml. One that was thrown away is made anew from what is in force."""
        from expediente import adjustments, adjustments_book

        file_id = self._alive(site.adjustments_id) or self._found(site.dossier_drive_id, adjustments.CHAIN, SPREADSHEET)
        if not file_id:
            file_id = self._do("crear el libro Ajustes", lambda: adjustments_book.create(self._app))
        if file_id:
            self._grants(file_id, "el libro Ajustes", self._app.process.access.adjustments_grants)
            if not adjustments_book.is_built(self._app, file_id):
                self._do("llenar el libro Ajustes", lambda: adjustments_book.build(self._app, file_id))
        return file_id

    def _ledger(self, site: Site) -> dict[str, str]:
        from expediente import ledger_setup

        return ledger_setup.folders(ledger_setup.Run(self._app, self._do, self._alive, self._grants), site)

    def _alive(self, file_id: str) -> str:
        """The id, unless the file is gone or in the trash."""
        try:
            return file_id if file_id and not self._drive.get_file(file_id).trashed else ""
        except NotFoundError:
            return ""

    def _keep(self, site: Site) -> None:
        if site == self._stored:
            return

        def store() -> None:
            data = codec.to_data(site)
            write = Update("site", "main", data, self._version) if self._version else Create("site", "main", data)
            (self._version,) = self._app.store.commit([write])

        self._do("guardar los identificadores del sitio", store)
        if not self._dry_run:
            self._stored = site

    def _cursor(self, site: Site) -> None:
        """The change feed of the dossiers' drive is read from here on; a cursor that is there already is never moved."""
        key = f"drive/{site.dossier_drive_id}"
        if not site.dossier_drive_id or self._app.store.get("cursor", key) is not None:
            return

        def store() -> None:
            token = self._drive.start_page_token(site.dossier_drive_id)
            self._app.store.commit([Create("cursor", key, {"token": token})])

        self._do("empezar a leer los cambios de la unidad compartida", store)
