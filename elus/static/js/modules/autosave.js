/* Saves a form when a field changes, and says when; the button goes on working. */

/** The words of a sentence that may hold a link. @param {string} html */
const words = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent.trim();

/** @param {HTMLFormElement} form */
export default function autosave(form) {
  const status = form.querySelector("[data-status]");
  if (!status) return;
  const own = form.elements.revision;
  let saving = Promise.resolve();
  let waiting = 0;

  /** @param {string} sentence @param {Record<string, string>} errors */
  function say(sentence, errors = {}) {
    for (const field of form.elements) field.removeAttribute?.("aria-invalid");
    for (const name of Object.keys(errors)) form.elements[name]?.setAttribute?.("aria-invalid", "true");
    status.textContent = sentence;
  }

  async function save() {
    if (form.dataset.sent) return;
    const answer = await fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, keepalive: true,
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
      say(`Pas enregistré. ${told.refused ? words(told.refused) : "Rechargez la page, puis réessayez."}`);
    }
  }

  form.addEventListener("change", () => {
    waiting += 1;
    saving = saving.then(save)
      .catch(() => say("Pas enregistré : le réseau ne répond pas. Vos mots restent sur cette page."))
      .finally(() => { waiting -= 1; });
  });

  /* Leaving a field by pressing a button saves it first: the button then sends the revision this save made. */
  document.addEventListener("submit", (event) => {
    if (!waiting || !event.target.elements.revision) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    saving.finally(() => event.target.requestSubmit(event.submitter));
  }, true);
}
