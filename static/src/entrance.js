// The entrance: security code, password rules. Every page works without it.
(() => {
  "use strict";

  // The security code without leaving the page: another picture, and its sound.
  for (const box of document.querySelectorAll("[data-captcha]")) {
    const image = box.querySelector("[data-captcha-image]");
    const [key, answer] = box.querySelectorAll("input");
    const listen = box.querySelector("[data-captcha-audio]");
    const status = box.querySelector("[data-captcha-status]");
    let sound = null;

    const refresh = async (event) => {
      event.preventDefault();
      const button = event.currentTarget;
      try {
        const response = await fetch(box.dataset.captcha, { headers: { "X-Requested-With": "XMLHttpRequest" } });
        if (!response.ok) throw new Error(response.statusText);
        const code = await response.json();
        key.value = code.key;
        image.src = `${code.image_url.replace(/\/$/, "")}@2/`;
        if (listen && code.audio_url) listen.href = code.audio_url;
        sound?.pause();
        answer.value = "";
        answer.focus();
        status.textContent = status.dataset.text;
      } catch {
        // The server's own way: the page again, with what was typed.
        button.form.requestSubmit(button);
      }
    };
    for (const button of box.querySelectorAll("[data-captcha-refresh]")) button.addEventListener("click", refresh);

    listen?.addEventListener("click", (event) => {
      event.preventDefault();
      sound?.pause();
      sound = new Audio(listen.href);
      sound.play();
      answer.focus();
    });
  }

  // A new password's rules, ticked off while it is typed; the server judges. And what was typed,
  // shown on demand.
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
