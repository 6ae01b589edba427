// A certificate whose key is made in this browser: key, request, waiting, file. The private key
// leaves the page only locked by the person's password: into IndexedDB, and into the file.
import { fromBase64, locked, newPair, publicKeyOf, same, unlocked } from "./emission/keys.js";
import { makeFile, openFile } from "./emission/pfx.js";
import { erase, find, keep } from "./emission/store.js";

const EVERY = 5000; // milliseconds between two questions how far it is
const PASSWORD = /^[\x21-\x7e][\x20-\x7e]{6,62}[\x21-\x7e]$/; // of others programs have different opinions
const OPEN = ["code", "failed"]; // the states in which a request is taken

const start = (section) => {
  const { order, holder, csrUrl, stateUrl, doneUrl, workerUrl, pageUrl } = section.dataset;
  const part = (name) => section.querySelector(`[data-part="${name}"]`);
  const token = () => section.querySelector("[name=csrfmiddlewaretoken]").value;
  let made = null; // { row, password } of a key that this page made
  let issued = null; // { row, chain }
  let timer = 0;

  const say = (which, text = "") => {
    for (const line of section.querySelectorAll("[data-say]")) {
      line.hidden = line.dataset.say !== which;
      if (!line.hidden && text) line.querySelector("span").textContent = text;
    }
  };

  const show = (name) => {
    section.hidden = !name;
    for (const one of section.querySelectorAll("[data-part]")) one.hidden = one.dataset.part !== name;
    if (name) part(name).querySelector("[data-first]")?.focus();
  };

  // The part of the page that the server writes.
  const refresh = async () => {
    const answer = await fetch(pageUrl, { headers: { "X-Unattended": "1" }, cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [old, now] = [document, page].map((one) => one.getElementById("passo"));
    if (!answer.ok || answer.redirected || !old || !now) return;
    old.replaceWith(now);
    window.htmx?.process(now);
  };

  const ask = async () => {
    const answer = await fetch(stateUrl, { headers: { "X-Unattended": "1" }, cache: "no-store" });
    if (answer.redirected || [401, 403, 404].includes(answer.status)) throw new Error("session");
    if (!answer.ok) throw new Error("network");
    return answer.json();
  };

  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(look, EVERY);
  };

  const look = async () => {
    if (document.hidden) return wait();
    try {
      await follow(await ask());
    } catch (error) {
      if (error.message === "session") say("session");
      else wait();
    }
  };

  // Shows what is to be done in this state, `{ state, reason, chain }`.
  const follow = async ({ state, chain }) => {
    const rows = await find(order);
    if (state === "issuing") {
      if (part("waiting").hidden && part("elsewhere").hidden) show(rows.length ? "waiting" : "elsewhere");
      return wait();
    }
    const wasWaiting = !part("waiting").hidden;
    if (state === "issued") {
      await take(chain.map((text) => fromBase64(text).buffer), rows);
    } else {
      made = null; // a key that was refused is not sent again
      show(OPEN.includes(state) ? "make" : "");
    }
    if (wasWaiting) await refresh();
  };

  const take = async (chain, rows) => {
    const row = rows.find((one) => same(one.publicKey, publicKeyOf(chain[0])));
    if (!row) return show("elsewhere");
    issued = { row, chain };
    const known = made?.row.id === row.id ? made.password : "";
    show("file");
    part("file").querySelector("[data-password]").value = known;
  };

  // Make the key, keep it, send its request.

  const typed = () => {
    const [first, second, password, again] = part("make").querySelectorAll("input:not([type=hidden])");
    const wrong = [
      [first, !first.value.trim(), "codes"],
      [second, !second.value.trim(), "codes"],
      [password, !PASSWORD.test(password.value), "password"],
      [again, again.value !== password.value, "differs"],
    ].find(([, isWrong]) => isWrong);
    if (wrong) {
      say(wrong[2]);
      wrong[0].focus();
      return null;
    }
    return { first: first.value, second: second.value, password: password.value };
  };

  const newRow = async (password) => {
    const row = await locked(await newPair(), password, order);
    await keep(row);
    // Read back, as it will be needed later.
    const kept = (await find(order)).find((one) => one.id === row.id);
    if (!kept || !(await unlocked(kept, password))) throw new Error("storage");
    return kept;
  };

  const send = async ({ first, second, password }) => {
    if (made?.password !== password) made = { row: await newRow(password), password };
    const body = new FormData();
    for (const [name, value] of Object.entries({ first, second, text: made.row.request, csrfmiddlewaretoken: token() })) {
      body.append(name, value);
    }
    const answer = await fetch(csrUrl, { method: "POST", headers: { Accept: "application/json" }, body });
    if (answer.status === 429) throw new Error("often");
    if (answer.redirected || answer.status === 403) return ask();
    if (!(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) throw new Error("network");
    const said = await answer.json();
    const errors = Object.values(said.errors ?? {}).flat();
    if (!errors.length) return said;
    const now = await ask(); // another tab, or a request made elsewhere, may have been faster
    if (!OPEN.includes(now.state)) return now;
    throw Object.assign(new Error("server"), { text: errors.join(" ") });
  };

  const begin = async () => {
    const values = typed();
    if (!values) return;
    say("");
    show("making");
    try {
      const said = await send(values);
      if (said.state === "issuing") show("waiting");
      await refresh();
      await follow(said);
    } catch (error) {
      show("make");
      const known = ["often", "server", "session", "storage"].includes(error.message);
      say(known ? error.message : "network", error.text);
    }
  };

  // Key and certificates into one file.

  const compatible = (content) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(workerUrl);
      const end = (act) => (event) => {
        worker.terminate();
        act(event.data ?? new Error("broken"));
      };
      worker.addEventListener("message", end(resolve));
      worker.addEventListener("error", end(reject));
      worker.postMessage(content);
    });

  const checked = async (content) => {
    const file = await makeFile(content);
    const opened = await openFile(file, content.password);
    if (!same(opened.key, content.key) || !same(opened.chain[0], content.chain[0])) throw new Error("broken");
    return file;
  };

  const hand = (data, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([data], { type: "application/x-pkcs12" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  const save = async (make, name) => {
    const password = part("file").querySelector("[data-password]").value;
    const buttons = part("file").querySelectorAll("button");
    say("");
    for (const button of buttons) button.disabled = true;
    try {
      const privateKey = await unlocked(issued.row, password);
      if (!privateKey) return say("wrong");
      const key = await crypto.subtle.exportKey("pkcs8", privateKey);
      hand(await make({ key, chain: issued.chain, name: holder, password }), name);
      section.querySelector("[data-saved]").hidden = false;
    } catch {
      say("broken");
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  };

  const end = async () => {
    await erase(order);
    made = issued = null;
    for (const input of section.querySelectorAll("[data-password]")) input.value = "";
    show("done");
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token());
    await fetch(doneUrl, { method: "POST", body }).catch(() => {});
  };

  const on = (name, act) => section.querySelector(`[data-act="${name}"]`).addEventListener("click", act);
  section.querySelector("form[data-part=make]").addEventListener("submit", (event) => {
    event.preventDefault();
    begin();
  });
  section.querySelector("form[data-part=file]").addEventListener("submit", (event) => {
    event.preventDefault();
    save(checked, `certificado-${order}.pfx`);
  });
  on("compatible", () => save(compatible, `certificado-${order}-compativel.pfx`));
  on("saved", () => show("erase"));
  on("keep", () => show("file"));
  on("erase", end);
  look();
};

const section = document.querySelector("[data-emission]");
if (section) {
  if (window.isSecureContext && window.crypto?.subtle && window.indexedDB && window.Worker) start(section);
  else {
    section.hidden = false;
    section.querySelector("[data-part=unsupported]").hidden = false;
  }
}
