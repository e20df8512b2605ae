/* A button that copies the value of the field named in data-copy, and says so. */

/** @param {HTMLButtonElement} button */
export default function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const said = button.dataset.said ?? "Copié";
  const label = button.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    button.textContent = said;
    setTimeout(() => { button.textContent = label; }, 4000);
  });
}
