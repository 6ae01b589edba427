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

  async function show(form, name) {
    const sent = new FormData(form), page = form.closest("#access-form");
    for (const field of SECRET) sent.delete(field);
    sent.set("switch", "1");
    const answer = await fetch(location.href, { method: "POST", body: sent });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#access-form");
    const value = sent.get(name);
    const gone = SECRET.filter((field) => !moved(form, fresh, field, name));
    page.replaceWith(fresh);
    const fields = [...fresh.querySelectorAll(`[name="${name}"]`)];
    (fields.find((field) => field.value === value) ?? fields[0])?.focus();
    const part = fresh.querySelector("legend.form-part")?.textContent ?? "";
    said.textContent = gone.length ? `${part}. ${form.dataset.gone}` : part;
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
})();
