/** Tells the portal, once, that this page is really on the screen of a signed-in person; the form's button does the same without script. */
/** @param {HTMLFormElement} form */
export default function opened(form) {
  const tell = async () => {
    document.removeEventListener("visibilitychange", whenVisible);
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "fetch" },
        credentials: "same-origin",
        redirect: "error",
      });
      if (answer.status === 204) form.hidden = true;
    } catch {
      /* The button stays: the person may press it. */
    }
  };
  const whenVisible = () => {
    if (document.visibilityState === "visible") tell();
  };
  if (document.visibilityState === "visible") tell();
  else document.addEventListener("visibilitychange", whenVisible);
}
