/** Counts down the seconds left to take something back, then removes the button; the server decides in any case. */
/** @param {HTMLElement} element */
export default function countdown(element) {
  const shown = element.querySelector("[data-seconds]");
  const ends = performance.now() + Number(element.dataset.left) * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((ends - performance.now()) / 1000);
    if (left > 0) {
      shown.textContent = `${left}\u00a0seconde${left > 1 ? "s" : ""}`;
      return;
    }
    clearInterval(timer);
    element.querySelector("form").remove();
    element.querySelector("p").textContent = "L’envoi a commencé : il ne peut plus être annulé.";
  }, 1000);
}
