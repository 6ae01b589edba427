// The Django admin: names for the fields that it draws without one, so that they can be heard.
(() => {
  "use strict";

  // In a table of rows the name is the heading of the column: th.column-x over td.field-x.
  const headingOf = (cell) => {
    const field = [...cell.classList].find((name) => name.startsWith("field-"));
    const column = field ? `th.column-${field.slice(6)}` : cell.matches(".delete") && "thead th:last-child";
    const heading = column && cell.closest("table")?.querySelector(column);
    return heading?.textContent.trim() ?? "";
  };

  const labelOf = (element) => {
    const cell = element.closest(".tabular td");
    if (cell) return headingOf(cell);
    const row = element.closest(".form-row, td");
    return row?.querySelector("label, legend")?.textContent.trim().replace(/:$/, "") ?? "";
  };

  const name = () => {
    for (const box of document.querySelectorAll(".select2-selection:not([aria-label])")) {
      const label = labelOf(box);
      if (!label) continue;
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", label);
      const shown = box.querySelector(".select2-selection__rendered");
      shown?.removeAttribute("role");
      shown?.removeAttribute("aria-readonly");
    }
    for (const input of document.querySelectorAll(".vDateField:not([aria-label]), .vTimeField:not([aria-label])")) {
      if (!input.labels.length) input.setAttribute("aria-label", labelOf(input));
    }
    for (const input of document.querySelectorAll(".tabular td :is(input:not([type=hidden]), select, textarea):not([aria-label])")) {
      const label = input.labels.length ? "" : labelOf(input);
      if (label) input.setAttribute("aria-label", label);
    }
    for (const tip of document.querySelectorAll(".help-tooltip[aria-label]:not([role])")) tip.setAttribute("role", "img");
  };

  // What scrolls sideways and holds nothing to tab to must itself be reached by the keyboard.
  const reach = () => {
    for (const box of document.querySelectorAll(".results, .tabular, .module")) {
      const inside = [...box.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea")];
      if (box.scrollWidth > box.clientWidth && !inside.some((element) => element.checkVisibility())) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };

  // Boxes are drawn late, and again for each row that is added.
  window.addEventListener("load", () => {
    name();
    reach();
    window.addEventListener("resize", reach);
    new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  });
})();
