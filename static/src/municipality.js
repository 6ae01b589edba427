// Once a state is chosen, the list beside the municipality holds that state's names.
const state = document.querySelector("[data-state]");
const names = document.querySelector("datalist[data-names]");

async function fill() {
  const answer = await fetch(`${names.dataset.names}?state=${encodeURIComponent(state.value)}`);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  names.replaceChildren(...page.querySelectorAll("option"));
}

if (state && names) state.addEventListener("change", () => fill().catch(() => {}));
