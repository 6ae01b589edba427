// Files chosen or dropped, several times over: each with its size, and a button that takes it out.
// The list is the field's own, so that the form sends it as ever.

const language = document.documentElement.lang || "pt-br";

const sized = (bytes) => {
  const units = ["KB", "MB"];
  let value = bytes / 1024;
  const unit = value >= 1024 ? units[1] : units[0];
  if (unit === "MB") value /= 1024;
  return `${value.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} ${unit}`;
};

const isSame = (a, b) =>
  a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

export const startFiles = (box) => {
  const input = box.querySelector("input[type=file]");
  const list = box.querySelector("[data-files-list]");
  const row = box.querySelector("template");
  const total = box.querySelector("[data-files-total]");
  const form = input.form;
  const largest = Number(box.dataset.largest);
  const together = Number(box.dataset.together);
  let chosen = [];

  const shown = (file, at) => {
    const line = row.content.cloneNode(true);
    line.querySelector("[data-name]").textContent = file.name;
    line.querySelector("[data-size]").textContent = sized(file.size);
    line.querySelector("[data-large]").hidden = file.size <= largest;
    const button = line.querySelector("button");
    line.querySelector("[data-of]").textContent = ` ${file.name}`;
    button.addEventListener("click", () => {
      chosen.splice(at, 1);
      update();
      (list.querySelectorAll("button")[Math.min(at, chosen.length - 1)] ?? input).focus();
    });
    return line;
  };
  const update = () => {
    const held = new DataTransfer();
    for (const file of chosen) held.items.add(file);
    input.files = held.files;
    list.replaceChildren(...chosen.map(shown));
    list.hidden = !chosen.length;
    const bytes = chosen.reduce((sum, file) => sum + file.size, 0);
    total.hidden = chosen.length < 2 && bytes <= together;
    total.querySelector("[data-size]").textContent = sized(bytes);
    total.querySelector("[data-large]").hidden = bytes <= together;
  };
  const add = (files) => {
    chosen.push(...[...files].filter((file) => !chosen.some((other) => isSame(file, other))));
    update();
  };

  input.addEventListener("change", () => add(input.files));
  box.addEventListener("files:add", (event) => add(event.detail));
  form.addEventListener("reset", () => {
    chosen = [];
    update();
  });
  box.querySelector("[data-files-hint]").hidden = false;

  // Anywhere on the form: a file dropped beside the field would open instead, and the text be lost.
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  const over = (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    form.classList.toggle("is-over", event.type === "dragover");
    if (event.type === "drop") add(event.dataTransfer.files);
  };
  for (const type of ["dragover", "drop"]) form.addEventListener(type, over, true);
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("is-over");
  });
};
