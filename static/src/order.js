// The agents' page of one order: drafts that are kept as one types, who else is here, canned
// answers, shortcuts. Every act works without it.
(() => {
  "use strict";

  const PAUSE = 1500; // milliseconds without a key before a draft is kept
  const EVERY = 15_000; // milliseconds between two questions who else is here

  // Drafts. What is sent by the form itself is no draft any more.
  const drafts = [...document.querySelectorAll("form[data-draft]")].map((form) => {
    const said = form.querySelector("[data-draft-kept]");
    let timer = 0;
    let isNew = false;
    let asked = new AbortController();
    const keep = async ({ atLast = false } = {}) => {
      clearTimeout(timer);
      if (!isNew) return;
      isNew = false;
      asked.abort();
      asked = new AbortController();
      const typed = [...new FormData(form)].filter(([, value]) => typeof value === "string");
      try {
        const answer = await fetch(form.dataset.draft, {
          method: "POST", body: new URLSearchParams(typed), keepalive: atLast, signal: asked.signal,
        });
        if (answer.ok && !answer.redirected) said.textContent = await answer.text();
      } catch (error) {
        if (error.name !== "AbortError") isNew = true; // kept with the next key
      }
    };
    form.addEventListener("input", () => {
      isNew = true;
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      isNew = false;
      asked.abort();
    });
    return keep;
  });

  // Who else is here; a hidden tab neither asks nor is counted.
  const here = document.querySelector("[data-here]");
  let tag = "";
  const look = async () => {
    if (document.hidden) return;
    try {
      const headers = { "X-Unattended": "1", ...(tag && { "If-None-Match": tag }) };
      const answer = await fetch(here.dataset.here, { headers, cache: "no-store" });
      if (answer.status !== 200 || answer.redirected) return;
      tag = answer.headers.get("ETag") ?? "";
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      here.replaceChildren(...page.body.childNodes);
    } catch {
      // The next question is asked all the same.
    }
  };
  if (here) {
    setInterval(look, EVERY);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) for (const keep of drafts) keep({ atLast: true });
      else look();
    });
  }

  // Canned answers: where the cursor stands, in the editor or in the plain field.
  const textOf = (html) => {
    const page = new DOMParser().parseFromString(html.replace(/<\/p>|<br\s*\/?>/gi, "$&\n"), "text/html");
    return page.body.textContent.trim();
  };
  document.querySelector("[data-insert]")?.addEventListener("click", (event) => {
    event.preventDefault();
    const form = event.target.form;
    const { html } = form.elements.namedItem("canned").selectedOptions[0].dataset;
    const text = form.elements.namedItem("message");
    if (!html) return;
    if (text.hidden) {
      text.dispatchEvent(new CustomEvent("compose", { detail: { html } }));
    } else {
      text.setRangeText(textOf(html), text.selectionStart, text.selectionEnd, "end");
      text.focus();
    }
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // The fields of a topic come as soon as it is chosen.
  const topic = document.querySelector("[data-topic]");
  topic?.form.elements.namedItem("topic").addEventListener("change", () => {
    delete topic.form.dataset.once; // another page of the same form, not the form itself
    topic.click();
  });

  // Shortcuts of one letter; whoever does not want them turns them off.
  const KEPT = "queue-keys-off"; // as on the list
  const box = document.querySelector("[data-keys-on]");
  const kept = () => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null;
    }
  };
  if (!box) return;
  box.checked = kept() !== "1";
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(KEPT, box.checked ? "" : "1");
    } catch {
      // It then holds for this page.
    }
  });

  const isText = (element) => element.isContentEditable || element.matches("input, textarea, select");
  const write = (panel) => {
    if (panel.tagName === "DETAILS") panel.open = true;
    const field = panel.querySelector("[role=textbox]:not([hidden]), textarea:not([hidden])");
    field?.focus();
    field?.scrollIntoView({ block: "center" });
  };
  document.addEventListener("keydown", (event) => {
    const at = document.activeElement ?? document.body;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const send = at.closest("form")?.querySelector("[data-send]");
      if (!send) return;
      event.preventDefault();
      send.form.requestSubmit(send);
      return;
    }
    if (event.key === "Escape" && isText(at)) at.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || !box.checked || isText(at)) return;
    const panel = document.querySelector(`[data-focus="${CSS.escape(event.key)}"]`);
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!panel && !target) return;
    event.preventDefault();
    if (panel) return write(panel);
    if (target.tagName === "SUMMARY") {
      target.scrollIntoView({ block: "center" });
      target.focus();
    }
    target.click();
  });
})();
