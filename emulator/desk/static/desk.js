"use strict";
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const TOKEN = one('meta[name="desk-token"]')?.content || "";
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
/* A menu closes when the hand goes elsewhere. */
document.addEventListener("click", (event) => all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = one("details.menu[open]");
  if (menu) { menu.open = false; one("summary", menu).focus(); }
  all(".access-side.pop.open").forEach((side) => side.classList.remove("open"));
});
all(".toast").forEach((toast) => setTimeout(() => toast.remove(), 6000));
if (location.search.includes("aviso=")) {
  const clean = new URL(location.href);
  clean.searchParams.delete("aviso");
  history.replaceState(null, "", clean);
}
if (location.hash === "#acceso") one("#access-side")?.classList.add("open");

/* On a phone the places stand in a row that scrolls: the one that is open should be in sight. */
const place = one(".side a[aria-current]");
if (place && place.getBoundingClientRect().right > innerWidth) place.parentElement.scrollLeft = place.offsetLeft - 40;

const filter = one("#people-filter");
filter?.addEventListener("input", () => {
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const wanted = plain(filter.value.trim());
  all(".teams .person-form").forEach((form) => { form.hidden = !plain(form.dataset.words).includes(wanted); });
  all(".team").forEach((team) => { if (one(".person-form", team)) team.hidden = !one(".person-form:not([hidden])", team); });
});

all("form[data-confirm]").forEach((form) => form.addEventListener("submit", (event) => { if (!confirm(form.dataset.confirm)) event.preventDefault(); }));
all("[data-autosubmit]").forEach((field) => field.addEventListener("change", () => {
  if (field.value === "remove" && !confirm("¿Quitar el acceso?")) { field.form.reset(); return; }
  field.form.submit();
}));
all("[data-names]").forEach((input) => input.addEventListener("change", () => {
  const names = [...input.files].map((file) => Object.assign(document.createElement("li"), { textContent: file.name }));
  one(".files", input.closest("div")).replaceChildren(...names);
}));
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

/* What others change appears by itself: lists of mail, folders, calls -------------------------------- */
const lively = all("[data-live]");
async function freshen() {
  const isStill = document.hidden || one("dialog[open], details.menu[open], .dropping") || one("#calls-live")?.checked === false;
  const answer = isStill ? null : await fetch(location.href).catch(() => null);
  if (answer?.ok) {
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of lively) {
      const now = one(`[data-live="${part.dataset.live}"]`, fresh);
      if (!now || part.innerHTML === now.innerHTML) continue;
      const held = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
      part.innerHTML = now.innerHTML;
      /* Whoever stood on a line with the keyboard stands on it still. */
      if (held) all("a", part).find((link) => link.getAttribute("href") === held)?.focus({ preventScroll: true });
    }
  }
  setTimeout(freshen, 2500);
}
if (lively.length) setTimeout(freshen, 2500);
