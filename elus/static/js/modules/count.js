/* Says, under a text area, how many items a paste holds, or how much of a summary is left. */

const plural = (n, one) => `${n}\u00a0${one}${n > 1 ? "s" : ""}`;
const ways = {
  lines: (text) => plural(text.split("\n").filter((line) => line.trim()).length, "point"),
  summary: (text) => {
    const lines = text.trim() ? text.trim().split("\n").length : 0;
    const over = lines > 3 || text.trim().length > 400;
    return `${plural(lines, "ligne")} sur 3, ${plural(text.trim().length, "caractère")} sur 400${over ? ". C’est trop long." : ""}`;
  },
};

/** @param {HTMLTextAreaElement} area */
export default function count(area) {
  const words = document.createElement("p");
  words.className = "soft";
  area.after(words);
  const say = () => { words.textContent = area.value.trim() ? ways[area.dataset.count](area.value) : ""; };
  area.addEventListener("input", say);
  say();
}
