// Copies the line of a slip. Without scripts it is selected and copied by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const input = document.getElementById(button.dataset.copy);
  input.addEventListener("focus", () => input.select());
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(input.value.replace(/\D/g, ""));
    button.textContent = button.dataset.done;
  });
}
