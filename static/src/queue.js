// The agents' list: all rows of a page at once, how many are ticked, and keys.
(() => {
  "use strict";

  const KEPT = "queue-keys-off";
  const help = document.querySelector("[data-keys]");
  const off = help?.querySelector("input");
  const ticks = () => [...document.querySelectorAll("[data-tick]")];
  const links = () => [...document.querySelectorAll("#list tbody th a")];

  const count = () => {
    const ticked = ticks().filter((tick) => tick.checked).length;
    for (const row of document.querySelectorAll("#list tbody tr")) {
      row.classList.toggle("is-ticked", Boolean(row.querySelector("[data-tick]:checked")));
    }
    for (const said of document.querySelectorAll("[data-ticked]")) {
      said.textContent = ticked ? said.dataset.ticked.replace("0", ticked) : "";
    }
    const all = document.querySelector("[data-tick-all]");
    if (all) {
      all.checked = ticked > 0 && ticked === ticks().length;
      all.indeterminate = ticked > 0 && !all.checked;
    }
  };
  const ready = () => {
    for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
    count();
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) {
      for (const tick of ticks()) tick.checked = event.target.checked;
    }
    if (event.target.matches("[data-tick], [data-tick-all]")) count();
  });
  // The filter puts a new list in place.
  const holder = document.getElementById("list")?.parentElement;
  if (holder) new MutationObserver(ready).observe(holder, { childList: true });
  window.addEventListener("pageshow", ready);
  ready();

  const move = (step) => {
    const all = links();
    const at = all.indexOf(document.activeElement?.closest("tr")?.querySelector("th a"));
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step))];
    next?.focus();
    next?.closest("tr").scrollIntoView({ block: "nearest" });
  };
  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    x: () => document.activeElement?.closest("tr")?.querySelector("[data-tick]")?.click(),
    "/": () => {
      const field = document.querySelector("form[data-filter] [name=q]");
      const fold = field?.closest("details");
      if (fold) fold.open = true;
      field?.focus();
      field?.select();
    },
    "?": () => {
      help.open = !help.open;
      help.querySelector("summary").focus();
    },
  };
  const works = () => !off || !off.checked;
  if (off) {
    try { off.checked = window.localStorage.getItem(KEPT) === "1"; } catch { /* Not kept: on. */ }
    off.addEventListener("change", () => {
      try { window.localStorage.setItem(KEPT, off.checked ? "1" : ""); } catch { /* For this page only. */ }
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !works()) return;
    if (event.target.closest("textarea, select, [contenteditable]")) return;
    if (event.target.matches("input:not([type=checkbox])")) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
