/* « Afficher » beside a password field; the button is absent without script. */

/** @param {HTMLButtonElement} button */
export default function reveal(button) {
  const field = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    button.textContent = shown ? "Afficher" : "Masquer";
    field.focus();
  });
}
