// Forms with an address. Once a state is chosen, the list beside the municipality holds that state's
// names. And "Buscar CEP" fills the address in without loading the page anew.
const state = document.querySelector("[data-state]");
const names = document.querySelector("datalist[data-names]");

async function fill() {
  const answer = await fetch(`${names.dataset.names}?state=${encodeURIComponent(state.value)}`);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  names.replaceChildren(...page.querySelectorAll("option"));
}

if (state && names) state.addEventListener("change", () => fill().catch(() => {}));

// The page that the server would show is asked for without the passwords, and only the fields that
// it fills in are taken over: what is typed elsewhere stays.
const FILLED = ["street_type", "street", "district", "state", "city"];

// What was wrong in a field that is right now.
function clear(input) {
  const field = input.closest(".field");
  field.classList.remove("has-error");
  field.querySelectorAll(".field-error").forEach((error) => error.remove());
  input.removeAttribute("aria-invalid");
}

async function findAddress(event) {
  event.preventDefault();
  const button = event.currentTarget, form = button.form, sent = new FormData(form, button);
  for (const input of form.querySelectorAll("[type=password]")) sent.delete(input.name);
  button.disabled = true;
  try {
    const answer = await fetch(location.href, { method: "POST", body: sent });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const cep = page.querySelector("[data-cep]").closest(".field");
    for (const name of FILLED) {
      form.elements[name].value = page.querySelector(`form [name=${name}]`).value;
      if (form.elements[name].value) clear(form.elements[name]);
    }
    const field = button.closest(".field"), said = cep.querySelector(".form-text");
    field.querySelectorAll(".form-text").forEach((old) => old.remove());
    clear(form.elements.postal_code);
    said.setAttribute("role", "status");
    field.append(said);
    form.elements.street_number.focus();
    fill().catch(() => {});
  } catch {
    button.form.requestSubmit(button);
  } finally {
    button.disabled = false;
  }
}

document.querySelector("[data-cep]")?.addEventListener("click", findAddress);
