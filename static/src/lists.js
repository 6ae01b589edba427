// A filter applies itself: what depends on it is fetched and put in place, the address follows.
(() => {
  "use strict";

  const form = document.querySelector("form[data-filter]");
  if (!form) return;

  // On a phone the filter is folded, unless something in it is wrong.
  const fold = form.querySelector("details");
  const narrow = window.matchMedia("(max-width: 47.98rem)");
  const refold = () => { fold.open = !narrow.matches || Boolean(form.querySelector(".has-error")); };
  refold();
  narrow.addEventListener("change", refold);
  form.dataset.ready = "";

  const said = document.createElement("p");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  document.body.append(said);

  let asked = new AbortController();
  const apply = async () => {
    asked.abort();
    asked = new AbortController();
    const sent = [...new FormData(form)].filter(
      ([name, value]) => value !== "" || form.elements[name]?.matches?.("[data-starts-filled]"),
    );
    const address = `${form.action.split("?")[0]}?${new URLSearchParams(sent)}`;
    try {
      const answer = await fetch(address, { signal: asked.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      // An error stands at its field: that, and a sign-in, need the whole page.
      if (!answer.ok || answer.redirected || page.querySelector(".has-error") || form.querySelector(".has-error")) {
        window.location.assign(address);
        return;
      }
      for (const part of document.querySelectorAll("[data-live]")) {
        part.replaceWith(page.getElementById(part.id));
      }
      window.history.replaceState(null, "", address);
      said.textContent = document.querySelector("#list .figures, #list #found")?.textContent ?? "";
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
    }
  };
  form.addEventListener("change", apply);
})();
