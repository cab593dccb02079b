/** Scrolls to the beginning of an element: its panel where that scrolls by itself, else the page. */
export function showAtTop(element: HTMLElement | null): void {
  if (element === null) return;
  for (
    let panel = element.parentElement;
    panel !== null && panel !== document.body;
    panel = panel.parentElement
  ) {
    if (getComputedStyle(panel).overflowY === 'auto' && panel.scrollHeight > panel.clientHeight) {
      panel.scrollTop += element.getBoundingClientRect().top - panel.getBoundingClientRect().top - 16;
      return;
    }
  }
  element.scrollIntoView({ block: 'start' });
}
