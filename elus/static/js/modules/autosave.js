/* Saves a form when a field changes, and says when; the button goes on working. */

/** @param {HTMLFormElement} form */
export default function autosave(form) {
  const status = form.querySelector("[data-status]");
  if (!status) return;
  const own = form.elements.revision;
  let saving = Promise.resolve();

  /** @param {string} words @param {Record<string, string>} errors */
  function say(words, errors = {}) {
    for (const field of form.elements) field.removeAttribute?.("aria-invalid");
    for (const name of Object.keys(errors)) form.elements[name]?.setAttribute?.("aria-invalid", "true");
    status.textContent = words;
  }

  async function save() {
    if (form.dataset.sent) return;
    const answer = await fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" },
    });
    const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    if (answer.ok) {
      for (const field of document.querySelectorAll(`input[name=revision][data-of=${own.dataset.of}]`)) {
        field.value = told.revision;
      }
      say(told.said);
    } else if (told.errors) {
      say(`Pas encore enregistré. ${Object.values(told.errors).join(" ")}`, told.errors);
    } else if (told.conflict) {
      say("Une autre personne a écrit en même temps. Appuyez sur Enregistrer pour comparer les deux versions.");
    } else {
      say(told.refused ? "Pas enregistré. Appuyez sur Enregistrer pour savoir pourquoi." : "Pas enregistré. Rechargez la page, puis réessayez.");
    }
  }

  form.addEventListener("change", () => {
    saving = saving.then(save).catch(() => say("Pas enregistré : le réseau ne répond pas. Vos mots restent sur cette page."));
  });
}
