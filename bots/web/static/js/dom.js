// Elements without markup in strings: text stays text, whatever is in it.

/**
 * An element with properties and children. `class`, `aria-*`, `role` and other attributes go by `attributes`; strings
 * among the children become text.
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** One of the page's symbols; the words beside it say what it means. */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  drawing.append(use);
  return drawing;
}

/** A button with a symbol and words. */
export function button(attributes, ...children) {
  return make("button", { type: "button", ...attributes }, ...children);
}

const LINK = /https?:\/\/[^\s<>"“”，。；）]*[^\s<>"“”，。；）.,;:!?)]/g;

/** Plain text → nodes: text as it is, web addresses as links. */
export function textWithLinks(text) {
  const nodes = [];
  let done = 0;
  for (const found of text.matchAll(LINK)) {
    nodes.push(text.slice(done, found.index));
    nodes.push(make("a", { href: found[0], target: "_blank", rel: "noopener noreferrer" }, found[0]));
    done = found.index + found[0].length;
  }
  nodes.push(text.slice(done));
  return nodes.filter((node) => node !== "");
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
