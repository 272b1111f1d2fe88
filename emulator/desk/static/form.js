"use strict";
/* Answering a form: needs desk.js before it. */
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

  /* `#entry.N` opens the page of that question, by the way that the answers lead there, and points at it. */
  const asked = one(`[data-entry="${CSS.escape(location.hash.slice(1))}"]`, form);
  if (asked) {
    const goal = pages.indexOf(asked.closest(".fsection"));
    while (here() !== goal) {
      const target = following(here());
      if (target >= pages.length || way.includes(target)) { way.splice(0, way.length, goal); break; }
      way.push(target);
    }
    refreshButtons();
    asked.classList.add("asked");
    const box = asked.getBoundingClientRect();
    scrollTo(0, scrollY + box.top - Math.max(0, (innerHeight - box.height) / 2));
    one("input, textarea, select", asked).focus({ preventScroll: true });
  }
}
