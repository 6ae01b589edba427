// The editor in place of the textarea. The textarea stays the form's field and holds the text; the
// hidden field beside it gets the HTML. Other scripts hear "input" of the textarea at each change,
// and put text where the cursor stands by an event "compose" on it: {detail: {html: "…"}}.
import Squire from "squire-rte";
import { cleaned, escaped } from "./cleaning.js";

const FORMATS = { bold: "B", italic: "I", underline: "U", strikethrough: "S" };
const REMOVALS = { bold: "removeBold", italic: "removeItalic", underline: "removeUnderline", strikethrough: "removeStrikethrough" };
const BLOCKS = {
  bullets: ["UL", "makeUnorderedList", "removeList"],
  numbers: ["OL", "makeOrderedList", "removeList"],
  quote: ["BLOCKQUOTE", "increaseQuoteLevel", "decreaseQuoteLevel"],
};

export const startWriting = (box) => {
  const text = box.querySelector("textarea");
  const page = box.querySelector("[data-page]");
  const tools = box.querySelector("[data-tools]");
  const form = text.form;
  const html = form.elements.namedItem(text.dataset.editor);
  const buttons = [...tools.querySelectorAll("button")];
  const button = (name) => tools.querySelector(`[data-do=${name}]`);

  page.style.minHeight = `${text.rows * 1.5 + 1.2}em`;
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (text.hasAttribute(name)) page.setAttribute(name, text.getAttribute(name));
  }
  page.setAttribute("aria-required", String(text.required));
  text.required = false;
  page.id = text.id; // where the label and the list of errors lead
  text.id += "_text";
  text.hidden = true;
  page.hidden = tools.hidden = false;

  const editor = new Squire(page, {
    blockTag: "P",
    sanitizeToDOMFragment: cleaned,
    undo: { documentSizeThreshold: 200_000, undoLimit: 50 },
  });
  // Tab leaves the editor, as it leaves every field; the page keys scroll.
  for (const key of ["Tab", "Shift-Tab", "PageUp", "PageDown"]) editor.setKeyHandler(key, null);

  const start = html.value || html.dataset.html;
  const typed = escaped(text.value).replace(/\r?\n/g, "<br>");
  editor.setHTML(start || typed);

  const copy = () => {
    text.value = page.innerText.replace(/\u200b/g, "").trim();
    html.value = text.value ? editor.getHTML() : "";
  };
  copy();
  const begin = () => {
    editor.addEventListener("input", () => {
      copy();
      mark();
      text.dispatchEvent(new Event("input", { bubbles: true }));
    });
    editor.addEventListener("undoStateChange", ({ detail }) => mayUndo(detail));
    mayUndo({ canUndo: false, canRedo: false });
  };
  setTimeout(begin); // what it begins with is no change
  form.addEventListener("submit", copy);
  form.addEventListener("reset", () => editor.setHTML(""));
  box.querySelector("label").addEventListener("click", () => editor.focus());
  text.addEventListener("compose", (event) => editor.insertHTML(event.detail.html));
  editor.addEventListener("pasteImage", ({ detail }) => {
    const files = [...detail.clipboardData.items].map((item) => item.getAsFile()).filter(Boolean);
    form.querySelector("[data-files]")?.dispatchEvent(new CustomEvent("files:add", { detail: files }));
  });

  const isIn = (tag) => new RegExp(`(?:^|>)${tag}(?=$|[>.#])`).test(editor.getPath());
  const mark = () => {
    for (const [name, tag] of Object.entries(FORMATS)) {
      button(name).setAttribute("aria-pressed", String(editor.hasFormat(tag)));
    }
    for (const [name, [tag]] of Object.entries(BLOCKS)) {
      button(name).setAttribute("aria-pressed", String(isIn(tag)));
    }
    button("link").setAttribute("aria-pressed", String(editor.hasFormat("A")));
  };
  for (const type of ["pathChange", "select"]) editor.addEventListener(type, mark);
  const mayUndo = ({ canUndo, canRedo }) => {
    button("undo").setAttribute("aria-disabled", String(!canUndo));
    button("redo").setAttribute("aria-disabled", String(!canRedo));
  };

  // The address of a link is typed in a line of its own.
  const line = box.querySelector("[data-link]");
  const address = line.querySelector("input");
  const close = () => {
    line.hidden = true;
    editor.focus();
  };
  const link = () => {
    const typed = address.value.trim();
    close();
    if (!typed) return;
    const isWhole = /^(?:https?:\/\/|mailto:|tel:)/i.test(typed);
    const isMail = /^[^\s/@]+@[^\s/@]+$/.test(typed);
    editor.makeLink(isWhole ? typed : (isMail ? "mailto:" : "https://") + typed);
  };
  const ask = () => {
    if (editor.hasFormat("A")) return void editor.removeLink();
    line.hidden = false;
    address.value = "";
    address.focus();
  };
  line.querySelector("[data-link-set]").addEventListener("click", link);
  line.querySelector("[data-link-close]").addEventListener("click", close);
  address.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Enter") link();
    else close();
  });

  const act = (name) => {
    if (name === "link") return ask();
    if (name === "undo" || name === "redo") editor[name]();
    else if (name in FORMATS) editor[editor.hasFormat(FORMATS[name]) ? REMOVALS[name] : name]();
    else editor[BLOCKS[name][isIn(BLOCKS[name][0]) ? 2 : 1]]();
    editor.focus();
  };
  tools.addEventListener("mousedown", (event) => event.preventDefault()); // the text keeps its focus
  tools.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (pressed && pressed.getAttribute("aria-disabled") !== "true") act(pressed.dataset.do);
  });

  // One stop for Tab; the arrows go from button to button.
  const stopAt = (at) => buttons.forEach((other, i) => (other.tabIndex = i === at ? 0 : -1));
  stopAt(0);
  tools.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + buttons.length) % buttons.length;
    stopAt(next);
    buttons[next].focus();
  });
};
