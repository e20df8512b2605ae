/* Device unlock: asks the browser for the gesture, puts its answer in the form, sends the form. Words live in the page. */

const STALE = 4 * 60_000;
const BYTES = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

/** @param {string} text */
const decoded = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
/** @param {ArrayBuffer} buffer */
const encoded = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (list) => list?.map((one) => ({ ...one, id: decoded(one.id) }));

/** What the browser wants, from what the portal wrote; by hand where the browser cannot (iPadOS 16). */
function asked(options) {
  const native = PublicKeyCredential[options.user ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON"];
  if (native) return native.call(PublicKeyCredential, options);
  const read = { ...options, challenge: decoded(options.challenge) };
  if (options.user) read.user = { ...options.user, id: decoded(options.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) if (options[list]) read[list] = named(options[list]);
  return read;
}

/** What the portal wants, from what the browser made; by hand where the browser, or what stands in for it, cannot. */
function written(credential) {
  try {
    return credential.toJSON();
  } catch {
    const { response } = credential;
    const parts = {};
    for (const name of BYTES) if (response[name]) parts[name] = encoded(response[name]);
    if (response.getTransports) parts.transports = response.getTransports();
    return { id: credential.id, rawId: encoded(credential.rawId), type: credential.type, authenticatorAttachment: credential.authenticatorAttachment, response: parts, clientExtensionResults: {} };
  }
}

/** @param {HTMLButtonElement} button */
export default function passkey(button) {
  const { form, dataset } = button;
  const answer = button.previousElementSibling;
  const said = button.nextElementSibling;
  let options = JSON.parse(dataset.options);
  let since = Date.now();
  let stop;
  let pending;

  function say(words) {
    said.textContent = words ?? "";
    said.hidden = !words;
  }

  if (!window.isSecureContext || !window.PublicKeyCredential || !navigator.credentials) {
    button.hidden = true;
    say(dataset.unable);
    return;
  }
  button.hidden = false;
  const apart = document.getElementById(dataset.apart);
  if (apart) apart.hidden = false;

  /** Options whose challenge still lives. */
  async function fresh() {
    if (Date.now() - since > STALE) {
      const headers = { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value };
      const told = await fetch(dataset.again, { method: "POST", headers });
      if (!told.ok) throw new Error(String(told.status));
      options = await told.json();
      since = Date.now();
    }
    return asked(options);
  }

  /** One gesture, after whatever was waiting has let go. */
  async function gesture(how) {
    stop?.abort();
    await pending?.catch(() => {});
    stop = new AbortController();
    const publicKey = await fresh();
    const made = options.user ? navigator.credentials.create({ publicKey, signal: stop.signal }) : navigator.credentials.get({ publicKey, signal: stop.signal, ...how });
    pending = made;
    send(written(await made));
  }

  /** The form leaves with the answer, without the password that may have been filled in. */
  function send(credential) {
    const before = form.getAttribute("action");
    const typed = form.querySelectorAll("[autocomplete=current-password]");
    answer.value = JSON.stringify(credential);
    if (dataset.action) form.setAttribute("action", dataset.action);
    for (const field of typed) field.disabled = true;
    form.submit();
    for (const field of typed) field.disabled = false;
    if (before === null) form.removeAttribute("action");
    else form.setAttribute("action", before);
  }

  /** Among the suggestions of the address field, without a press, where the browser can. */
  async function offer() {
    if (!form.querySelector("[autocomplete~=webauthn]") || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    await gesture({ mediation: "conditional" }).catch(() => {});
  }

  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    say();
    try {
      await gesture();
    } catch (wrong) {
      say(wrong.name === "InvalidStateError" && dataset.known ? dataset.known : dataset.cancelled);
      offer();
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
  const again = () => {
    if (document.visibilityState === "visible" && Date.now() - since > STALE && !button.getAttribute("aria-disabled")) offer();
  };
  document.addEventListener("visibilitychange", again);
  setInterval(again, 30_000);
  offer();
}
