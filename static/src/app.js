// What JavaScript adds; every flow works without it.
(() => {
  "use strict";

  // Close an open menu with Escape or a click elsewhere.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]");
    closeMenus();
    menu?.querySelector("summary").focus();
  });

  // Buttons that print; shown only where there is JavaScript.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // The main menu's line: entries that do not fit in it stand under "More".
  const nav = document.querySelector("[data-nav]");
  const fit = () => {
    const [bar, more] = nav.querySelectorAll("ul");
    const entries = [...bar.children];
    for (const entry of entries) entry.hidden = false;
    delete nav.dataset.fitted;
    more.parentElement.hidden = true;
    const wraps = () => entries.map((entry) => entry.offsetTop > entries[0].offsetTop);
    more.parentElement.hidden = !wraps().includes(true);
    const over = wraps();
    entries.forEach((entry, i) => {
      entry.hidden = over[i];
      more.children[i].hidden = !over[i] && bar.offsetParent !== null;
    });
    if (bar.offsetParent === null) more.parentElement.hidden = false;
    nav.dataset.fitted = "";
  };
  if (nav) {
    let width = 0;
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width !== width) fit();
      width = contentRect.width;
    }).observe(nav);
  }

  // A form sent once stays sent: no second click.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.once === undefined) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    window.setTimeout(() => delete form.dataset.sent, 8000);
  });

  // The summary of errors takes the focus, so that it is read out.
  document.querySelector("[data-error-summary]")?.focus();
})();
