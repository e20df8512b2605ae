/* Takes the focus when the page opens: the summary of errors, the field to fill. */

/** @param {HTMLElement} element */
export default function focus(element) {
  element.focus();
}
