// The Django admin: names for the fields that it draws without one, so that they can be heard.
(() => {
  "use strict";

  const labelOf = (element) => {
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
  };

  // Boxes are drawn late, and again for each row that is added.
  window.addEventListener("load", () => {
    name();
    new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  });
})();
