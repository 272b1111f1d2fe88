"use strict";
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
document.documentElement.classList.add("js");

/* Shared by all pages ---------------------------------------------------------------------------- */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.open);
    if (opener.dataset.action) one("form", dialog).action = opener.dataset.action;
    const field = one("input[name=name]", dialog);
    if (opener.dataset.value !== undefined) field.value = opener.dataset.value;
    dialog.showModal();
    field.focus();
    field.select();
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  const toggler = event.target.closest("[data-toggle]");
  if (toggler) document.getElementById(toggler.dataset.toggle).classList.toggle("open");
});
all(".toast").forEach((toast) => setTimeout(() => toast.remove(), 6000));
if (location.search.includes("aviso=")) {
  const clean = new URL(location.href);
  clean.searchParams.delete("aviso");
  history.replaceState(null, "", clean);
}
if (location.hash === "#acceso") one("#access-side")?.classList.add("open");

const filter = one("#people-filter");
filter?.addEventListener("input", () => {
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const wanted = plain(filter.value.trim());
  all(".person-form").forEach((form) => { form.hidden = !plain(form.dataset.words).includes(wanted); });
  all(".team").forEach((team) => { if (one(".person-form", team)) team.hidden = !one(".person-form:not([hidden])", team); });
});

all("[data-submit]").forEach((input) => input.addEventListener("change", () => input.files.length && input.form.submit()));
const pane = one("#upload-form") && one(".pane");
if (pane) {
  pane.addEventListener("dragover", (event) => { event.preventDefault(); pane.classList.add("dropping"); });
  pane.addEventListener("dragleave", (event) => { if (!pane.contains(event.relatedTarget)) pane.classList.remove("dropping"); });
  pane.addEventListener("drop", (event) => {
    event.preventDefault();
    pane.classList.remove("dropping");
    if (!event.dataTransfer.files.length) return;
    const form = one("#upload-form");
    one("input[type=file]", form).files = event.dataTransfer.files;
    form.submit();
  });
}

/* Mail: a frame is as high as what is in it ------------------------------------------------------ */
function fit(frame) {
  const inner = frame.contentDocument?.documentElement;
  if (inner) frame.style.height = `${Math.max(inner.scrollHeight, inner.ownerDocument.body?.scrollHeight || 0) + 4}px`;
}
all(".mail-frame").forEach((frame) => {
  frame.addEventListener("load", () => { fit(frame); setTimeout(() => fit(frame), 300); });
  if (frame.contentDocument?.readyState === "complete") fit(frame);
  frame.closest("details")?.addEventListener("toggle", () => fit(frame));
});
addEventListener("resize", () => all(".mail-frame").forEach(fit));

/* Calls ------------------------------------------------------------------------------------------ */
const live = one("#calls-live");
if (live) setInterval(async () => {
  if (!live.checked || document.hidden) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["#calls-table", ".calls-head p"]) {
    if (one(part).innerHTML !== one(part, fresh).innerHTML) one(part).innerHTML = one(part, fresh).innerHTML;
  }
}, 2000);

/* The sheet -------------------------------------------------------------------------------------- */
const wrap = one("#grid");
if (wrap) sheetPage(wrap);

function sheetPage(wrap) {
  const base = `/desk/sheet/${wrap.dataset.id}`, fx = one("#fx"), state = one("#state"), quiet = state.textContent;
  let version = wrap.dataset.version, chosen = null, editing = null, waiting = null, saving = 0, quietTimer = 0;

  const cell = (at) => document.getElementById(`c-${at}`);
  const say = (text, back = 4000) => {
    state.textContent = text;
    clearTimeout(quietTimer);
    if (back) quietTimer = setTimeout(() => { state.textContent = quiet; }, back);
  };

  function select(td, focus = true, first = false) {
    if (!td) return;
    all(".sel, th.on", wrap).forEach((old) => old.classList.remove("sel", "on"));
    all("td[tabindex='0']", wrap).forEach((old) => { old.tabIndex = -1; });
    chosen = td.dataset.at;
    td.classList.add("sel");
    td.tabIndex = 0;
    const [, letters, number] = chosen.match(/([A-Z]+)(\d+)/);
    one(`th[data-col="${letters}"]`, wrap)?.classList.add("on");
    one(`th[data-row="${number}"]`, wrap)?.classList.add("on");
    one("#namebox").textContent = chosen;
    if (document.activeElement !== fx) fx.value = td.dataset.typed;
    const info = one("#cellinfo"), words = [];
    if (td.dataset.note) words.push(`Nota: ${td.dataset.note}`);
    if (td.dataset.locked) words.push(`Celda protegida. Aquí escribe: ${td.dataset.locked}.`);
    else if (td.dataset.locked === "") words.push("Celda protegida: nadie la cambia a mano.");
    info.hidden = first || !words.length;
    info.textContent = words.join(" · ");
    if (focus) { td.focus({ preventScroll: true }); td.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  }

  function refuse(error) {
    one("#refusal-title").textContent = error.title;
    one("#refusal-text").textContent = error.text;
    one("#refusal-detail").textContent = error.detail ? `Respuesta de la API: ${error.detail}` : "";
    if (!one("#refusal").open) one("#refusal").showModal();
  }
  one("#refusal").addEventListener("close", () => chosen && select(cell(chosen)));

  const content = (td) => `${td.dataset.typed}|${td.dataset.note}|${td.innerHTML}`;

  function draw(fresh) {
    const old = new Map(all("td", wrap).map((td) => [td.dataset.at, content(td)]));
    const hadFocus = wrap.contains(document.activeElement);
    wrap.innerHTML = fresh.html;
    version = fresh.version;
    const changed = all("td", wrap).filter((td) => old.get(td.dataset.at) !== content(td));
    if (fresh.by) {
      changed.slice(0, 200).forEach((td) => td.classList.add("flash"));
      if (changed.length) say(`${fresh.by} hizo un cambio`);
    }
    fitFrozen();
    if (chosen) select(cell(chosen), hadFocus);
  }

  async function send(at, text) {
    saving += 1;
    say("Guardando…", 0);
    try {
      const answer = await fetch(`${base}/cell`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ gid: wrap.dataset.gid, cell: at, text }),
      });
      const told = await answer.json();
      if (answer.ok) { draw({ ...told, by: "" }); say("Se guardó en Drive"); } else { await refresh(); say("No se guardó"); refuse(told.error); }
    } catch {
      say("Sin conexión con el Workspace local: no se guardó", 0);
    } finally {
      saving -= 1;
    }
  }

  async function refresh() {
    const answer = await fetch(`${base}/grid?gid=${wrap.dataset.gid}`, { headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) { say(told.error.text, 0); return; }
    if (editing) waiting = told; else draw(told);
  }

  async function look() {
    try {
      const answer = await fetch(`${base}/version`, { headers: { Accept: "application/json" } });
      const told = await answer.json();
      if (!answer.ok) say(told.error.text, 0);
      else if (told.version !== version && !saving && !waiting) await refresh();
    } catch { say("Sin conexión con el Workspace local", 0); }
    setTimeout(look, 1000);
  }
  setTimeout(look, 1000);

  function edit(td, first) {
    if (editing || !td) return;
    if (td.dataset.kind === "dropdown") { one("select", td).focus(); try { one("select", td).showPicker(); } catch { /* needs a click */ } return; }
    const input = document.createElement("input");
    input.className = "cell-edit";
    input.setAttribute("aria-label", `Editar ${td.dataset.at}`);
    input.value = first ?? td.dataset.typed;
    editing = { td, input, at: td.dataset.at, before: td.dataset.typed };
    td.append(input);
    input.focus();
    input.addEventListener("input", () => { fx.value = input.value; });
    input.addEventListener("blur", () => finish(true));
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        const at = editing.at;
        finish(true);
        select(beside(cell(at), event.key === "Tab" ? (event.shiftKey ? "ArrowLeft" : "ArrowRight") : "ArrowDown"));
      } else if (event.key === "Escape") { event.preventDefault(); finish(false); }
    });
  }

  function finish(keep) {
    if (!editing) return;
    const { td, input, at, before } = editing;
    editing = null;
    const text = input.value;
    input.remove();
    if (document.activeElement === document.body) td.focus({ preventScroll: true });
    if (waiting) { draw(waiting); waiting = null; }
    if (keep && text !== before) send(at, text); else fx.value = before;
  }

  function beside(td, key) {
    const here = td.getBoundingClientRect(), row = td.parentElement;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const near = key === "ArrowLeft" ? td.previousElementSibling : td.nextElementSibling;
      return near?.matches("td") ? near : td;
    }
    let line = row;
    while ((line = key === "ArrowUp" ? line.previousElementSibling : line.nextElementSibling)) {
      const found = all("td", line).find((other) => { const box = other.getBoundingClientRect(); return box.left <= here.left + 1 && box.right > here.left + 1; });
      if (found) return found;
    }
    return td;
  }

  wrap.addEventListener("mousedown", (event) => {
    const td = event.target.closest("td");
    if (td && !event.target.closest("input, select, a")) { event.preventDefault(); if (editing) finish(true); select(cell(td.dataset.at)); }
  });
  wrap.addEventListener("focusin", (event) => { const td = event.target.closest("td"); if (td && td.dataset.at !== chosen) select(td, false); });
  wrap.addEventListener("click", (event) => {
    if (event.target.matches("input[type=checkbox]")) send(event.target.closest("td").dataset.at, event.target.checked ? "TRUE" : "FALSE");
    else if (event.target.closest("td.k-checkbox") && !event.target.closest("input")) select(event.target.closest("td"));
  });
  wrap.addEventListener("change", (event) => { if (event.target.matches("select")) send(event.target.closest("td").dataset.at, event.target.value); });
  wrap.addEventListener("dblclick", (event) => { const td = event.target.closest("td"); if (td && td.dataset.kind !== "checkbox") edit(td); });
  wrap.addEventListener("keydown", (event) => {
    const td = event.target.closest("td");
    if (!td || editing || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
    const checkbox = td.dataset.kind === "checkbox";
    if (event.key.startsWith("Arrow") || event.key === "Tab") {
      const key = event.key === "Tab" ? (event.shiftKey ? "ArrowLeft" : "ArrowRight") : event.key, next = beside(td, key);
      if (event.key === "Tab" && next === td) return;
      event.preventDefault();
      select(next);
    } else if (event.key === " " && checkbox) {
      event.preventDefault();
      send(td.dataset.at, one("input", td).checked ? "FALSE" : "TRUE");
    } else if (event.key === "Enter" || event.key === "F2") {
      event.preventDefault();
      if (checkbox) send(td.dataset.at, one("input", td).checked ? "FALSE" : "TRUE"); else edit(td);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      send(td.dataset.at, "");
    } else if (event.key.length === 1 && !checkbox) {
      event.preventDefault();
      edit(td, event.key);
    }
  });
  fx.addEventListener("keydown", (event) => {
    if (!chosen) return;
    if (event.key === "Enter") { event.preventDefault(); const at = chosen; if (fx.value !== cell(at).dataset.typed) send(at, fx.value); fx.blur(); select(cell(at)); }
    if (event.key === "Escape") { fx.value = cell(chosen).dataset.typed; fx.blur(); select(cell(chosen)); }
  });

  /* Frozen columns get narrower on a small screen, so that something is left to scroll; rows stick below what is really above them. */
  function fitFrozen() {
    const heads = all("thead th.fc", wrap), columns = all("col", wrap), lefts = new Map();
    columns.forEach((column) => { column.dataset.width ||= parseInt(column.style.width, 10); column.style.width = `${column.dataset.width}px`; });
    const frozen = columns.slice(1, 1 + heads.length), wanted = frozen.reduce((sum, column) => sum + Number(column.dataset.width), 0);
    const room = Math.max(wrap.clientWidth * 0.58 - 46, 56 * frozen.length), narrow = wanted > room;
    if (narrow) frozen.forEach((column) => { column.style.width = `${Math.floor(Number(column.dataset.width) * room / wanted)}px`; });
    one(".grid", wrap).style.width = `${columns.reduce((sum, column) => sum + parseInt(column.style.width, 10), 0)}px`;
    wrap.classList.toggle("narrow", narrow);
    wrap.classList.toggle("nofreeze", room > wrap.clientWidth * 0.7);
    let left = 46, top = one("thead tr", wrap).offsetHeight;
    heads.forEach((head, index) => { lefts.set(head.dataset.col, left); head.style.left = `${left}px`; left += parseInt(frozen[index].style.width, 10); });
    all("td.fc", wrap).forEach((td) => { td.style.left = `${lefts.get(td.dataset.at.replace(/\d+/, ""))}px`; });
    for (const line of all("tr.fr", wrap)) {
      [...line.children].forEach((part) => { part.style.top = `${top}px`; });
      top += line.offsetHeight;
    }
    wrap.classList.toggle("nofreeze-rows", top > wrap.clientHeight * 0.6);
  }
  fitFrozen();
  addEventListener("resize", fitFrozen);
  wrap.addEventListener("scroll", () => wrap.classList.toggle("scrolled", wrap.scrollLeft > 0), { passive: true });
  select(one("td", wrap), false, true);
}

/* The form --------------------------------------------------------------------------------------- */
const form = one("#form");
if (form) formPage(form);

function formPage(form) {
  const pages = all(".fsection", form), back = one("#back"), next = one("#next"), send = one("#send");
  const way = [0];

  /* Where this page leads: the last answered question with a branch decides, as on the server. */
  function following(index) {
    let target = index + 1;
    for (const chosen of all("input[type=radio]:checked, select option:checked", pages[index])) {
      const { section, go } = chosen.dataset;
      if (section) target = pages.findIndex((page) => page.dataset.id === section);
      else if (go === "SUBMIT_FORM") target = pages.length;
      else if (go === "RESTART_FORM") target = 0;
      else if (go === "NEXT_SECTION") target = index + 1;
    }
    return target;
  }

  function show(index) {
    pages.forEach((page, number) => page.classList.toggle("current", number === index));
    const last = following(index) >= pages.length;
    back.hidden = way.length < 2;
    next.hidden = last;
    send.hidden = !last;
    one("#progress").hidden = pages.length < 2;
    one(".bar span", form).style.width = `${Math.round(((index + 1) / pages.length) * 100)}%`;
    one(".page-no", form).textContent = `Página ${index + 1} de ${pages.length}`;
  }
  const here = () => way[way.length - 1];
  const refreshButtons = () => show(here());

  function isAnswered(card) {
    if (card.dataset.kind === "grid") return all("tr[data-required]", card).every((row) => {
      const done = !!one("input:checked", row);
      row.classList.toggle("invalid", !done);
      return done;
    });
    return all("input, textarea, select", card).some((field) => {
      if (field.type === "radio" || field.type === "checkbox") return field.checked && (field.value !== "__other_option__" || one(".other", card).value.trim());
      return !field.matches(".other") && field.value.trim() !== "";
    });
  }

  function trouble(card) {
    if (card.hasAttribute("data-required") && !isAnswered(card)) return card.dataset.kind === "grid" ? "Responda una vez por fila" : "Esta pregunta es obligatoria";
    const odd = all("input", card).find((field) => !field.validity.valid);
    if (!odd) return "";
    return odd.type === "email" ? "Escriba una dirección de correo completa" : odd.type === "number" ? `Escriba un número de ${odd.min} a ${odd.max}` : "Este dato no es válido";
  }

  function mark(card, text) {
    card.classList.toggle("invalid", !!text);
    const place = one(".wrong", card);
    place.hidden = !text;
    place.textContent = text;
    all("input, textarea, select", card).forEach((field) => field.toggleAttribute("aria-invalid", !!text));
  }

  function isGood(index) {
    const wrong = all(".q", pages[index]).filter((card) => { const text = trouble(card); mark(card, text); return text; });
    if (wrong.length) { wrong[0].scrollIntoView({ block: "center" }); one("input, textarea, select", wrong[0]).focus({ preventScroll: true }); }
    return !wrong.length;
  }

  next.addEventListener("click", () => {
    if (!isGood(here())) return;
    const target = following(here());
    if (way.includes(target)) way.splice(way.indexOf(target) + 1); else way.push(target);
    refreshButtons();
    scrollTo(0, 0);
    one("h2, h1", pages[here()]).scrollIntoView?.({ block: "nearest" });
  });
  back.addEventListener("click", () => { way.pop(); refreshButtons(); scrollTo(0, 0); });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input") && !next.hidden) { event.preventDefault(); next.click(); }
  });
  form.addEventListener("input", (event) => {
    const card = event.target.closest(".q");
    if (event.target.matches(".other")) one("input[value=__other_option__]", card).checked = event.target.value !== "" || one("input[value=__other_option__]", card).checked;
    if (card?.classList.contains("invalid")) mark(card, trouble(card));
    if (card) all(".clear", card).forEach((button) => { button.hidden = !one("input:checked", card); });
    refreshButtons();
  });
  form.addEventListener("click", (event) => {
    const clear = event.target.closest(".clear");
    if (clear) { all("input[type=radio]", clear.closest(".q")).forEach((field) => { field.checked = false; }); clear.hidden = true; refreshButtons(); }
  });
  form.addEventListener("change", (event) => {
    if (event.target.type !== "file") return;
    const most = Number(event.target.dataset.most), limit = Number(event.target.dataset.bytes), card = event.target.closest(".q");
    const files = [...event.target.files];
    const text = files.length > most ? `Agregue ${most} como máximo` : files.some((file) => file.size > limit) ? "Un archivo es demasiado grande" : "";
    if (text) event.target.value = "";
    mark(card, text);
    one(".files", card).replaceChildren(...(text ? [] : files).map((file) => Object.assign(document.createElement("li"), { textContent: file.name })));
  });
  form.addEventListener("reset", (event) => {
    if (!confirm("¿Borrar todas las respuestas de este formulario?")) { event.preventDefault(); return; }
    setTimeout(() => { all(".q", form).forEach((card) => mark(card, "")); way.splice(1); refreshButtons(); });
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!isGood(here())) return;
    send.disabled = true;
    const told = one("#send-error");
    told.hidden = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      const result = await answer.json();
      if (answer.ok) { location.assign(result.location); return; }
      told.textContent = [result.error.text, result.error.detail].filter(Boolean).join(" ");
      const missing = (result.error.entries || []).map((entry) => one(`[data-entry="${entry}"]`, form)).find(Boolean);
      if (missing) { way.splice(0, way.length, pages.indexOf(missing.closest(".fsection"))); refreshButtons(); isGood(here()); }
    } catch { told.textContent = "Sin conexión con el Workspace local: no se envió. Sus respuestas siguen aquí."; }
    told.hidden = false;
    send.disabled = false;
  });
  refreshButtons();
}
