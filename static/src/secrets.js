// Takes a shown secret off the page when its time is over, and copies one without showing it.
(() => {
  "use strict";

  const secret = document.querySelector("[data-secret]");
  if (secret) {
    const left = document.querySelector("[data-secret-left]");
    const end = performance.now() + Number(secret.dataset.seconds) * 1000;
    const hide = () => {
      secret.textContent = "••••••••";
      left.textContent = left.dataset.over;
      window.clearInterval(ticking);
    };
    const tick = () => {
      const seconds = Math.ceil((end - performance.now()) / 1000);
      if (seconds <= 0) hide();
      else if (seconds === 1) left.textContent = left.dataset.last;
      else left.firstElementChild.textContent = seconds;
    };
    const ticking = window.setInterval(tick, 250);
    // Whoever comes back to the page, by the browser's memory of it too, finds nothing.
    window.addEventListener("pagehide", hide);
    tick();
  }

  const button = document.querySelector("[data-copy-to]");
  if (!button || !navigator.clipboard) return;
  const form = button.form;
  const said = document.querySelector("[data-copy-said]");
  button.hidden = false;
  const ask = async () => {
    const answer = await fetch(button.dataset.copyTo, { method: "POST", body: new FormData(form) });
    if (answer.status === 403) {
      window.location.reload(); // the page asks for the proof
      throw new Error("");
    }
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(text.startsWith("<") ? "" : text);
    return text;
  };
  // The promise is handed over at once: later a browser no longer counts it as the person's click.
  const put = async () => {
    if (!window.ClipboardItem) return navigator.clipboard.writeText(await ask());
    const asked = ask();
    const blob = asked.then((text) => new Blob([text], { type: "text/plain" }));
    blob.catch(() => {});
    try {
      return await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    } catch (error) {
      await asked; // what the answer says is the better reason
      throw error;
    }
  };
  button.addEventListener("click", async () => {
    if (!form.reportValidity()) return;
    button.disabled = true;
    try {
      await put();
      said.textContent = said.dataset.done;
    } catch (error) {
      said.textContent = error instanceof DOMException || !error.message ? said.dataset.failed : error.message;
    }
    button.disabled = false;
  });
})();
