// The security code without leaving the page: another picture, and its sound.
(() => {
  "use strict";

  for (const box of document.querySelectorAll("[data-captcha]")) {
    const image = box.querySelector("[data-captcha-image]");
    const [key, answer] = box.querySelectorAll("input");
    const listen = box.querySelector("[data-captcha-audio]");
    const status = box.querySelector("[data-captcha-status]");
    let sound = null;

    box.querySelector("[data-captcha-refresh]").addEventListener("click", async (event) => {
      event.preventDefault();
      const button = event.currentTarget;
      try {
        const response = await fetch(box.dataset.captcha, { headers: { "X-Requested-With": "XMLHttpRequest" } });
        if (!response.ok) throw new Error(response.statusText);
        const code = await response.json();
        key.value = code.key;
        image.removeAttribute("srcset");
        image.src = code.image_url;
        image.srcset = `${code.image_url.replace(/\/$/, "")}@2/ 2x`;
        if (listen && code.audio_url) listen.href = code.audio_url;
        sound?.pause();
        answer.value = "";
        answer.focus();
        status.textContent = status.dataset.text;
      } catch {
        // The server's own way: the page again, with what was typed.
        button.form.requestSubmit(button);
      }
    });

    listen?.addEventListener("click", (event) => {
      event.preventDefault();
      sound?.pause();
      sound = new Audio(listen.href);
      sound.play();
      answer.focus();
    });
  }
})();
