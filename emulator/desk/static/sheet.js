"use strict";
/* A spreadsheet: needs desk.js before it. */
/* The sheet -------------------------------------------------------------------------------------- */
const wrap = one("#grid");
if (wrap) sheetPage(wrap);

function sheetPage(wrap) {
  const base = `/desk/sheet/${wrap.dataset.id}`, fx = one("#fx"), state = one("#state"), quiet = state.textContent;
  let version = wrap.dataset.version, chosen = null, editing = null, waiting = null, saving = 0, quietTimer = 0, others = [];
  const done = [], namebox = one("#namebox");

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
    if (document.activeElement !== namebox) namebox.value = chosen;
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
    showOthers();
    if (chosen) select(cell(chosen), hadFocus);
  }

  /* Who else has the sheet open, and the cell where each one's hand rests. */
  function showOthers() {
    all("td.who", wrap).forEach((td) => { td.classList.remove("who"); delete td.dataset.who; });
    for (const other of others) {
      const td = other.gid === wrap.dataset.gid && cell(other.cell);
      if (td) { td.classList.add("who"); td.dataset.who = other.name; td.style.setProperty("--who", other.tint); }
    }
    const drawn = others.slice(0, 5).map((other) => {
      const face = Object.assign(document.createElement("span"), { className: "avatar", textContent: other.initial, title: `${other.name} está aquí` });
      Object.assign(face.style, { background: other.tint, width: "30px", height: "30px", lineHeight: "30px" });
      face.setAttribute("role", "img");
      face.setAttribute("aria-label", `${other.name} está aquí`);
      return face;
    });
    one("#present").replaceChildren(...drawn);
  }

  async function send(at, text, isUndo = false) {
    const before = cell(at)?.dataset.typed ?? "";
    saving += 1;
    say("Guardando…", 0);
    try {
      const answer = await fetch(`${base}/cell`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-Desk-Token": TOKEN },
        body: JSON.stringify({ gid: wrap.dataset.gid, cell: at, text }),
      });
      const told = await answer.json();
      if (answer.ok) {
        if (!isUndo) done.push({ at, before });
        draw({ ...told, by: "" });
        say("Se guardó en Drive");
      } else { await refresh();
        say("No se guardó");
        refuse(told.error);
      }
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
      const answer = await fetch(`${base}/version?at=${wrap.dataset.gid}!${chosen || ""}`, { headers: { Accept: "application/json" } });
      const told = await answer.json();
      if (!answer.ok) say(told.error.text, 0);
      else {
        if (JSON.stringify(told.here) !== JSON.stringify(others)) { others = told.here; showOthers(); }
        const edited = one("#edited a") || one("#edited");
        if (edited.textContent !== told.edited) edited.textContent = told.edited;
        if (told.version !== version && !saving && !waiting) await refresh();
      }
    } catch { say("Sin conexión con el Workspace local", 0); }
    setTimeout(look, document.hidden ? 4000 : 900);
  }
  setTimeout(look, 300);

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
    else if (event.target.closest("td.k-checkbox") && !event.target.closest("input")) {
      const td = event.target.closest("td");
      select(td);
      /* A finger hits the cell, not the little box. */
      if (wrap.clientWidth <= 700) send(td.dataset.at, one("input", td).checked ? "FALSE" : "TRUE");
    }
  });
  wrap.addEventListener("change", (event) => { if (event.target.matches("select")) send(event.target.closest("td").dataset.at, event.target.value); });
  wrap.addEventListener("dblclick", (event) => { const td = event.target.closest("td"); if (td && td.dataset.kind !== "checkbox") edit(td); });
  wrap.addEventListener("keydown", (event) => {
    const td = event.target.closest("td");
    if (td && !editing && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      const last = done.pop();
      if (last) { select(cell(last.at)); send(last.at, last.before, true); } else say("No hay nada que deshacer");
      return;
    }
    if (td && !editing && ["Home", "End", "PageUp", "PageDown"].includes(event.key) && !event.target.matches("select")) {
      event.preventDefault();
      const lines = all("tbody tr", wrap), far = event.ctrlKey || event.metaKey, here = lines.indexOf(td.parentElement);
      const near = Math.max(0, Math.min(lines.length - 1, here + (event.key === "PageUp" ? -15 : 15)));
      const line = event.key.startsWith("Page") ? lines[near] : !far ? td.parentElement : event.key === "Home" ? lines[0] : lines[lines.length - 1];
      const cells = all("td", line);
      select(event.key === "End" ? cells[cells.length - 1] : event.key === "Home" ? cells[0] : cells[Math.min(td.cellIndex - 1, cells.length - 1)]);
      return;
    }
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
  wrap.addEventListener("copy", (event) => {
    if (editing || !chosen) return;
    event.clipboardData.setData("text/plain", one(".t, select", cell(chosen))?.textContent?.trim() || cell(chosen).dataset.typed);
    event.preventDefault();
  });
  wrap.addEventListener("paste", (event) => {
    if (editing || !chosen) return;
    event.preventDefault();
    send(chosen, event.clipboardData.getData("text/plain").replace(/[\r\n]+$/, "").split("\t")[0]);
  });
  namebox.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    const found = event.key === "Enter" ? cell(namebox.value.trim().toUpperCase()) : cell(chosen);
    namebox.blur();
    if (found) select(found); else { say(`No hay una celda ${namebox.value} en esta hoja`); namebox.value = chosen; }
  });
  fx.addEventListener("focus", () => { if (chosen && cell(chosen)?.getAttribute("aria-readonly")) say("Esta celda no se puede cambiar con su acceso"); });
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
    const loose = top > wrap.clientHeight * 0.6;
    wrap.classList.toggle("nofreeze-rows", loose);
    /* A cell that is scrolled to stops beside what is frozen, not under it. */
    wrap.style.setProperty("--top", `${loose ? 24 : top}px`);
    wrap.style.setProperty("--left", `${wrap.classList.contains("nofreeze") ? 46 : left}px`);
  }
  fitFrozen();
  addEventListener("resize", fitFrozen);
  wrap.addEventListener("scroll", () => wrap.classList.toggle("scrolled", wrap.scrollLeft > 0), { passive: true });
  const wanted = cell(wrap.dataset.cell.toUpperCase());
  if (wanted) select(wanted); else select(one("td", wrap), false, true);
}

