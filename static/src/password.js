// Ticks the rules of a new password off while it is typed, and shows what was typed on demand.
// The server judges: this only saves a round trip.
(() => {
  "use strict";

  const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

  const rules = {
    length: (text) => [...text].length >= 8 && [...text].length <= 128,
    digit: (text) => /\p{Nd}/u.test(text),
    upper: (text) => /\p{Lu}/u.test(text),
    lower: (text) => /\p{Ll}/u.test(text),
    name: (text, names) => text !== "" && !names.some((name) => fold(text).includes(name)),
  };

  for (const list of document.querySelectorAll("[data-password-rules]")) {
    const input = list.closest(".field").querySelector("input");
    const names = list.dataset.passwordRules.split(" ").filter(Boolean);
    const items = list.querySelectorAll("[data-rule]");
    for (const item of items) {
      const note = document.createElement("span");
      note.className = "visually-hidden";
      item.append(" ", note);
    }
    const judge = () => {
      for (const item of items) {
        const met = rules[item.dataset.rule](input.value, names);
        item.dataset.state = met ? "ok" : "";
        item.querySelector("span").textContent = met ? list.dataset.met : "";
      }
    };
    input.addEventListener("input", judge);
    judge();
  }

  for (const button of document.querySelectorAll("[data-reveal]")) {
    const input = button.parentElement.querySelector("input");
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
    });
    // Never left readable for the browser to remember as a form entry.
    input.form.addEventListener("submit", () => { input.type = "password"; });
  }
})();
