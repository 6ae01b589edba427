// The form of an access: another type, sphere or agency shows its own fields at once. The page that
// the button would bring is asked for without what is secret; what was typed into it moves over here,
// in the page, but to another type: there it goes, and the page says so.
(() => {
  "use strict";

  const SWITCHING = ["kind", "sphere", "agency"];
  const SECRET = ["login", "password", "code", "seed", "pfx", "pfx_password"];
  const said = document.createElement("p");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  document.body.append(said);

  // The page that a button of the form would bring, asked for without what is secret.
  async function pageOf(form, button, value, signal) {
    const sent = new FormData(form);
    for (const field of SECRET) sent.delete(field);
    sent.set(button, value);
    const answer = await fetch(location.href, { method: "POST", body: sent, signal });
    return [sent, new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#access-form")];
  }

  async function show(form, name) {
    const page = form.closest("#access-form");
    const [sent, fresh] = await pageOf(form, "switch", "1");
    const at = form.contains(document.activeElement) ? document.activeElement.name || name : name;
    const value = at === name ? sent.get(name) : document.activeElement.value;
    const gone = SECRET.filter((field) => !moved(form, fresh, field, name));
    keepTyped(form, fresh, sent);
    page.replaceWith(fresh);
    const fields = [...fresh.querySelectorAll(`[name="${at}"]`)];
    (fields.find((field) => field.value === value) ?? fields[0])?.focus();
    const part = fresh.querySelector("legend.form-part")?.textContent ?? "";
    said.textContent = gone.length ? `${part}. ${form.dataset.gone}` : part;
  }

  // What was typed while the answer was on its way is not in it: it moves over here.
  function keepTyped(form, fresh, sent) {
    for (const [field, value] of new FormData(form)) {
      if (typeof value !== "string" || SECRET.includes(field) || value === sent.get(field)) continue;
      const to = fresh.querySelector(`input[type="text"][name="${field}"], textarea[name="${field}"]`);
      if (to) to.value = value;
    }
  }

  // Whether nothing that was typed into this field is lost.
  function moved(form, fresh, field, name) {
    const from = form.querySelector(`[name="${field}"]`), to = fresh.querySelector(`[name="${field}"]`);
    if (!from?.value) return true;
    if (!to || name === "kind") return false;
    if (to.type === "file") to.files = from.files;
    else to.value = from.value;
    return true;
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-access-form]");
    if (!form || !SWITCHING.includes(event.target.name)) return;
    show(form, event.target.name).catch(() => form.querySelector("[data-switch]")?.click());
  });

  // Clients are found as one types: only their boxes change, and all else in the form stays.
  const PAUSE = 300; // milliseconds without a key before it asks
  let asked = null;
  let timer = 0;

  async function find(form, act) {
    clearTimeout(timer);
    asked?.abort();
    const mine = asked = Object.assign(new AbortController(), { act });
    const choice = form.querySelector("[data-client-choice]");
    try {
      const [, fresh] = await pageOf(form, "clients_act", act, mine.signal);
      const focused = document.activeElement;
      for (const part of choice.querySelectorAll("[data-part]")) {
        part.replaceWith(fresh.querySelector(`[data-part="${part.dataset.part}"]`));
      }
      if (!focused.isConnected) (document.getElementById(focused.id) ?? choice.querySelector("input[type=text]")).focus();
      said.textContent = [...choice.querySelectorAll("[data-said]")].map((text) => text.textContent).join(" ");
    } finally {
      if (asked === mine) asked = null;
    }
  }
  const typed = (event) => event.target.closest("[data-client-choice] input[type=text]");
  const quietly = () => {}; // an answer that came too late, or none: the button is still there

  document.addEventListener("input", (event) => {
    const field = typed(event);
    if (!field) return;
    clearTimeout(timer);
    timer = setTimeout(() => find(field.form, "find").catch(quietly), PAUSE);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !typed(event)) return;
    event.preventDefault();
    find(event.target.form, "find").catch(quietly);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-client-choice] button");
    if (!button) return;
    event.preventDefault();
    find(button.form, button.value).catch((error) => error.name !== "AbortError" && button.form.requestSubmit(button));
  });
  // A box that is ticked while an answer is on its way: it would not know of it.
  document.addEventListener("change", (event) => {
    if (asked && event.target.closest("[data-client-choice] [type=checkbox]")) find(event.target.form, asked.act).catch(quietly);
  });
})();
