/* Moves the items of a draft without leaving the page: arrows, Alt + arrows, and dragging as an extra. */

/** @param {HTMLOListElement} list */
export default function reorder(list) {
  const form = list.closest("form");
  const status = form.querySelector("[data-status]");
  const rows = () => [...list.children];
  const box = form.querySelector("[data-said]");
  const undo = form.querySelector("[data-undo]");
  let queue = Promise.resolve();
  let last = null;

  /** @param {string} words @param {{row: HTMLLIElement, origin: number} | null} moved */
  function say(words, moved) {
    box.hidden = false;
    status.textContent = words;
    last = moved;
    undo.hidden = !moved;
  }

  /** @param {HTMLLIElement} row @param {number} position */
  function place(row, position) {
    const others = rows().filter((other) => other !== row);
    list.insertBefore(row, others[position - 1] ?? null);
  }

  /** The row goes at once; the server decides, and the page is asked again when it says no. */
  function move(row, position) {
    const origin = rows().indexOf(row) + 1;
    const target = Math.max(1, Math.min(position, list.children.length));
    const focused = document.activeElement;
    if (target === origin) {
      say(target === 1 ? "Ce point est déjà le premier." : "Ce point est déjà le dernier.", null);
      return;
    }
    place(row, target);
    if (row.contains(focused)) focused.focus();
    row.scrollIntoView({ block: "nearest" });
    queue = queue.then(() => send(row, target, origin)).catch(() => {
      say("Le déplacement n’est pas enregistré. La page va se recharger.", null);
      setTimeout(() => location.reload(), 2500);
    });
  }

  async function send(row, position, origin) {
    const data = new FormData(form);
    data.set("item", row.id.slice(2));
    data.set("position", String(position));
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    for (const field of document.querySelectorAll("input[name=revision][data-of=agenda]")) field.value = told.revision;
    say(told.said, { row, origin });
  }

  undo.addEventListener("click", () => {
    const { row, origin } = last;
    row.querySelector("a").focus();
    move(row, origin);
  });

  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const row = button.closest("li");
    move(row, rows().indexOf(row) + (button.name === "up" ? 0 : 2));
  });

  list.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const row = event.target.closest("li");
    if (!row) return;
    event.preventDefault();
    move(row, rows().indexOf(row) + (event.key === "ArrowUp" ? 0 : 2));
  });

  let dragged = null;
  let from = 0;
  for (const row of rows()) row.draggable = true;
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    from = rows().indexOf(dragged) + 1;
    dragged.classList.add("dragged");
    event.dataTransfer.setData("text/plain", dragged.id);
    event.dataTransfer.effectAllowed = "move";
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (!dragged) return;
    event.preventDefault();
    if (!over || over === dragged) return;
    const { top, height } = over.getBoundingClientRect();
    list.insertBefore(dragged, event.clientY < top + height / 2 ? over : over.nextSibling);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    const row = dragged;
    row.classList.remove("dragged");
    dragged = null;
    const target = rows().indexOf(row) + 1;
    if (target === from) return;
    place(row, from);
    move(row, target);
  });
}
