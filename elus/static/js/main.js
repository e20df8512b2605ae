/* Finds every [data-module="name"] and gives it to modules/name.js; the page works before and without it. */

/** @param {ParentNode} root */
async function start(root) {
  for (const element of root.querySelectorAll("[data-module]")) {
    if (element.dataset.started) continue;
    element.dataset.started = "yes";
    for (const name of element.dataset.module.split(" ")) {
      const { default: module } = await import(`./modules/${name}.js`);
      module(element);
    }
  }
}

/* One press sends a form once: its button waits, and comes back if the page does. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  const button = event.submitter;
  if (button) setTimeout(() => button.setAttribute("aria-disabled", "true"), 0);
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
    for (const button of form.elements) button.removeAttribute?.("aria-disabled");
  }
});

/* « Afficher » beside a password, here rather than in a module: the sign-in page asks for nothing more. Absent without script. */
for (const button of document.querySelectorAll("[data-reveal]")) {
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

document.addEventListener("elus:added", (event) => start(event.target));
start(document);
