// A company, unit or person found as one types: the combobox of ARIA 1.2 with a list of matches.
(() => {
  "use strict";

  const PAUSE = 250; // milliseconds without a key before it asks

  const start = (picker) => {
    const input = picker.querySelector("input[type=text]");
    const list = picker.querySelector("[role=listbox]");
    const status = picker.querySelector("[role=status]");
    const keyText = picker.querySelector(`[name="${input.name}_key_text"]`);
    let asked = new AbortController();
    let timer = 0;

    picker.querySelector("[data-picker-find]").hidden = true;
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
    })) input.setAttribute(name, value);

    const options = () => [...list.children];
    const active = () => list.querySelector("[aria-selected=true]");
    const mark = (option) => {
      active()?.setAttribute("aria-selected", "false");
      if (!option) return input.removeAttribute("aria-activedescendant");
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      return input.setAttribute("aria-activedescendant", option.id);
    };
    const open = (isOpen) => {
      list.hidden = !isOpen;
      input.setAttribute("aria-expanded", String(isOpen));
      if (!isOpen) mark(null);
    };
    // One hidden field holds the key; the matches of a page without scripts make way for it.
    const keep = (key) => {
      picker.querySelector("[data-picker-radios]")?.remove();
      let field = picker.querySelector(`[name="${input.name}_key"]`);
      if (!field) {
        field = Object.assign(document.createElement("input"), { type: "hidden", name: `${input.name}_key` });
        picker.append(field);
      }
      field.value = key;
    };
    const choose = (option) => {
      input.value = keyText.value = option.dataset.text;
      keep(option.dataset.key);
      open(false);
      status.textContent = option.textContent.trim();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const find = async () => {
      asked.abort();
      asked = new AbortController();
      if (!input.value.trim()) {
        status.textContent = "";
        return open(false);
      }
      try {
        const answer = await fetch(`${picker.dataset.picker}?q=${encodeURIComponent(input.value)}`, { signal: asked.signal });
        if (!answer.ok || answer.redirected) return open(false);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        list.replaceChildren(...page.querySelectorAll("li"));
        options().forEach((option, i) => { option.id = `${list.id}_${i}`; });
        status.className = "form-text";
        status.textContent = page.querySelector("p").textContent.trim();
        return open(list.children.length > 0 && document.activeElement === input);
      } catch (error) {
        if (error.name !== "AbortError") open(false);
        return undefined;
      }
    };

    input.addEventListener("input", () => {
      keep("");
      clearTimeout(timer);
      timer = setTimeout(find, PAUSE);
    });
    input.addEventListener("keydown", (event) => {
      const all = options();
      const at = all.indexOf(active());
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        if (list.hidden) find();
        else mark(all[at < 0 && step < 0 ? all.length - 1 : (at + step + all.length) % all.length]);
      } else if (event.key === "Enter" && !list.hidden && at >= 0) {
        event.preventDefault();
        choose(all[at]);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        open(false);
      }
    });
    input.addEventListener("blur", () => open(false));
    // Before the field loses the focus, which would close the list.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(option);
    });
  };
  for (const picker of document.querySelectorAll("[data-picker]")) start(picker);
})();
