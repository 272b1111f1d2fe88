// Makes waiting visible. Without it every page works: forms are sent and links are followed.
"use strict";

const ask = (address) => fetch(address, { headers: { Accept: "application/json" } }).then((answer) => answer.json());

// A form that does something real: one press, and what is being done is told until the next page comes.
for (const form of document.querySelectorAll("form[data-works]")) {
  form.addEventListener("submit", (event) => {
    const button = form.querySelector("button");
    if (button.disabled) { event.preventDefault(); return; }
    const doing = form.parentElement.querySelector(".doing");
    setTimeout(() => { button.disabled = true; button.classList.add("busy"); });
    doing.hidden = false;
    doing.textContent = "Un momento…";
    const tell = async () => {
      if (form.dataset.state) {
        const lines = Object.values(await ask(form.dataset.state)).flat();
        if (lines.length) doing.textContent = lines[lines.length - 1];
      } else {
        const said = (await ask("/recorrido/estado?paso=0")).doing;
        if (said) doing.textContent = said;
      }
    };
    setInterval(() => tell().catch(() => {}), 250);
  });
}

// The company being built: the bar moves and rows appear as clients come in.
const building = document.querySelector("#building");
if (building && !building.hidden) {
  const watch = async () => {
    const told = await ask("/avance");
    const bar = document.querySelector("#bar");
    bar.max = told.total;
    bar.value = told.done;
    document.querySelector("#doing").textContent = told.doing;
    if (told.ready) { location.reload(); return; }
    const shown = await fetch("/tabla");
    if (shown.ok) document.querySelector("#clients").innerHTML = await shown.text();
    setTimeout(() => watch().catch(() => setTimeout(watch, 1000)), 900);
  };
  watch().catch(() => {});
}

// A visitor who did it himself on the desk is told that it has been seen.
const next = document.querySelector(".next[data-live]");
if (next) {
  const look = async () => {
    const told = await ask(`/recorrido/estado?paso=${next.dataset.step}`);
    if (told.done && !told.doing && !next.querySelector("button").disabled) {
      const doing = next.querySelector(".doing");
      doing.hidden = false;
      doing.classList.add("seen");
      doing.textContent = "Ya está hecho. Siga adelante.";
    }
  };
  setInterval(() => look().catch(() => {}), 4000);
}
