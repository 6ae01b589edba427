// Passkeys: asks the browser for a key, puts its answer in the form's hidden field and sends it.
(() => {
  "use strict";

  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (c) => c.charCodeAt(0));
  };
  const toText = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  // By hand, since browsers before 2025 lack parse…FromJSON and toJSON.
  const decode = (options) => {
    const key = { ...options.publicKey, challenge: toBytes(options.publicKey.challenge) };
    const ids = (list) => list.map((item) => ({ ...item, id: toBytes(item.id) }));
    if (key.user) key.user = { ...key.user, id: toBytes(key.user.id) };
    if (key.excludeCredentials) key.excludeCredentials = ids(key.excludeCredentials);
    if (key.allowCredentials) key.allowCredentials = ids(key.allowCredentials);
    return { publicKey: key };
  };
  const encode = (credential) => {
    const { response } = credential;
    const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    const parts = names.filter((name) => response[name]).map((name) => [name, toText(response[name])]);
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: { ...Object.fromEntries(parts), transports: response.getTransports?.() ?? [] },
    };
  };

  for (const button of document.querySelectorAll("[data-webauthn]")) {
    const form = button.form;
    const say = (which) => {
      for (const line of form.querySelectorAll("[data-webauthn-error]")) {
        line.hidden = line.dataset.webauthnError !== which;
      }
    };
    if (!window.PublicKeyCredential) {
      say("unsupported");
      continue;
    }
    button.hidden = false;
    const ask = async () => {
      button.disabled = true;
      say("");
      try {
        const stored = JSON.parse(document.getElementById("webauthn-options").textContent);
        const create = button.dataset.webauthn === "create";
        const credential = create
          ? await navigator.credentials.create(decode(stored.creation_options))
          : await navigator.credentials.get(decode(stored.request_options));
        form.elements.credential.value = JSON.stringify(encode(credential));
        form.submit();
      } catch (error) {
        say({ InvalidStateError: "known", SecurityError: "address" }[error.name] ?? "refused");
        button.disabled = false;
      }
    };
    button.addEventListener("click", ask);
    // Enter in a text field of the form asks too, instead of sending it empty.
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!button.disabled) ask();
    });
  }
})();
