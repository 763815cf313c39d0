// Scrolls `box` so far that the element shows. Unlike scrollIntoView it leaves alone where the next Tab begins:
// on a new page that is its top, with the link that skips to the content.
export function bringIntoView(element, box) {
  if (!element || !box) return;
  const inner = element.getBoundingClientRect(), outer = box.getBoundingClientRect();
  const by = (from, to, least, most) => (from < least ? from - least : to > most ? to - most : 0);
  box.scrollLeft += by(inner.left, inner.right, outer.left, outer.right);
  box.scrollTop += by(inner.top, inner.bottom, outer.top, outer.bottom);
}
