// Lines are added without a round trip; without JavaScript the same button asks the server.
(() => {
  "use strict";

  const form = document.querySelector("form[data-lines]");
  const list = form?.querySelector("[data-lines-list]");
  const empty = form?.querySelector("template[data-lines-empty]");
  const total = form?.querySelector("[name=items-TOTAL_FORMS]");
  const most = Number(form?.querySelector("[name=items-MAX_NUM_FORMS]")?.value);
  if (!list || !empty || !total) return;

  form.querySelector("[data-lines-more]").addEventListener("click", (event) => {
    event.preventDefault();
    const index = Number(total.value);
    if (index >= most) return;
    const line = empty.content.cloneNode(true);
    for (const element of line.querySelectorAll("*")) {
      for (const attribute of element.attributes) {
        attribute.value = attribute.value.replaceAll("__prefix__", index);
      }
    }
    const legend = line.querySelector("legend");
    legend.textContent = legend.textContent.replace("__number__", index + 1);
    list.append(line);
    total.value = index + 1;
    list.lastElementChild.querySelector("input").focus();
  });
})();
