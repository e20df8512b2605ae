/* The form that adds documents becomes a drop zone: three files at a time, in parts that resume, each with its progress. */

const AT_ONCE = 3;
const PATIENCE = [1000, 3000, 8000, 20000];
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** @param {HTMLFormElement} form */
export default function upload(form) {
  const [field, said, list] = [form.querySelector("[type=file]"), form.querySelector("[role=status]"), form.querySelector(".sending")];
  const template = form.querySelector("template");
  const words = (code, facts = {}) => Object.entries(facts).reduce((text, [name, value]) => text.replace(`{${name}}`, value), template.dataset[code] ?? template.dataset.failed);
  const headers = { "X-CSRFToken": form.elements.csrf_token.value, Accept: "application/json" };
  const waiting = [];
  let [running, done, all, quarter] = [0, 0, 0, 0];

  form.querySelector("button").hidden = true;
  form.querySelector(".drop-here").hidden = false;
  field.addEventListener("change", () => { add(field.files); field.value = ""; });
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    add(event.dataTransfer.files);
  });
  window.addEventListener("beforeunload", (event) => { if (running) event.preventDefault(); });

  /** @param {FileList} files */
  function add(files) {
    for (const file of files) {
      const row = template.content.firstElementChild.cloneNode(true);
      const job = { file, row, bar: row.querySelector("progress"), state: row.querySelector(".soft"), stop: null, id: null };
      row.firstElementChild.textContent = file.name;
      row.addEventListener("click", (event) => {
        if (event.target.dataset.do === "cancel") cancel(job);
        if (event.target.dataset.do === "retry") { done -= 1; queue(job); }
      });
      list.append(row);
      all += 1;
      queue(job);
    }
  }

  function show(job, text, { failed = false, over = false } = {}) {
    job.state.textContent = text;
    job.bar.hidden = failed || over;
    job.row.querySelector("[data-do=retry]").hidden = !failed;
    job.row.querySelector("[data-do=cancel]").hidden = over;
  }

  function queue(job) {
    job.stop = new AbortController();
    show(job, words("waiting"));
    waiting.push(job);
    next();
  }

  async function next() {
    if (running >= AT_ONCE || !waiting.length) return;
    const job = waiting.shift();
    running += 1;
    try {
      await send(job);
      show(job, words("checking"), { over: true });
    } catch (wrong) {
      if (job.stop.signal.aborted) show(job, words("cancelled"), { over: true });
      else if (wrong.code) show(job, words(wrong.code, wrong.facts), { over: true });
      else show(job, words("failed"), { failed: true });
    }
    running -= 1;
    done += 1;
    tell();
    next();
    if (!running && !waiting.length) refresh();
  }

  function tell() {
    const now = Math.floor((4 * done) / all);
    if (now === quarter && done < all) return;
    quarter = now;
    said.textContent = done < all ? words("progress", { done, all }) : words("done", { all });
  }

  async function send(job) {
    const { file } = job;
    const about = { name: file.name, size: file.size, modified: file.lastModified, item: form.dataset.item, paper: form.dataset.paper };
    if (file.size > form.dataset.limit) throw refused("too_large", { size: Math.ceil(file.size / 1e6), limit: Math.floor(form.dataset.limit / 1e6) });
    const begun = await ask(job, form.dataset.files, { method: "POST", body: JSON.stringify(about), headers: { ...headers, "Content-Type": "application/json" } });
    job.id = begun.id;
    const total = Math.ceil(file.size / begun.part);
    let sent = total - begun.missing.length;
    for (const number of begun.missing) {
      const body = file.slice((number - 1) * begun.part, number * begun.part);
      await ask(job, `${form.dataset.files}/${job.id}/parties/${number}`, { method: "PUT", body, headers: { ...headers, "Content-Type": "application/octet-stream" } });
      sent += 1;
      job.bar.value = (100 * sent) / total;
      show(job, words("sending", { done: Math.round(job.bar.value) }));
    }
    await ask(job, `${form.dataset.files}/${job.id}/complet`, { method: "POST", headers });
  }

  /** One request, tried again while the network is cut. */
  async function ask(job, url, options) {
    for (let tries = 0; ; tries += 1) {
      const answer = await fetch(url, { ...options, signal: job.stop.signal }).catch((wrong) => {
        if (job.stop.signal.aborted || tries >= PATIENCE.length) throw wrong;
      });
      if (answer?.ok) return answer.json();
      const told = answer && (await answer.json().catch(() => ({})));
      if (told?.refused) throw refused(`refused_${told.refused}`);
      if (answer && (answer.status < 500 || tries >= PATIENCE.length)) throw new Error(String(answer.status));
      show(job, words("cut"));
      await wait(PATIENCE[tries]);
    }
  }

  function refused(code, facts = {}) {
    return Object.assign(new Error(code), { code, facts });
  }

  async function cancel(job) {
    job.stop.abort();
    const place = waiting.indexOf(job);
    if (place >= 0) waiting.splice(place, 1);
    all -= place >= 0 ? 1 : 0;
    show(job, words("cancelled"), { over: true });
    if (job.id) await fetch(`${form.dataset.files}/${job.id}/abandonner`, { method: "POST", headers }).catch(() => {});
  }

  /** The tray again, until nothing is being checked; without a tray on the page, a word. */
  async function refresh() {
    for (let looks = 0; looks < 20 && !running; looks += 1) {
      const tray = document.getElementById("a-ranger");
      const answer = tray && (await fetch(form.dataset.files, { headers: { Accept: "text/html" } }).catch(() => null));
      if (!answer?.ok) break;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("a-ranger");
      tray.replaceWith(fresh);
      fresh.dispatchEvent(new CustomEvent("elus:added", { bubbles: true }));
      if (fresh.dataset.busy === "0") {
        for (const row of [...list.children]) if (row.querySelector(".soft").textContent === words("checking")) row.remove();
        break;
      }
      await wait(1500);
    }
    said.textContent = `${words("done", { all })} ${words("refresh")}`;
  }
}
