// Small helpers to build the page. Text is always set as text, never as markup.

/** Return the element with an id. */
export const byId = (id) => document.getElementById(id);

/** Return a new HTML element. */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** Return a new SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Set an element's text, touching the page only when it changed. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A figure for people; a dash where there is none. */
export const figure = (value, digits = 1) => (value === null || value === undefined ? "–" : value.toFixed(digits));

/** The time of day of an ISO moment. */
export const clock = (iso) => (iso ? new Date(iso).toLocaleTimeString([], { hour12: false }) : "–");

/** Words for people out of names for machines. */
export const words = (name) => String(name ?? "–").replaceAll("_", " ");

export const MARKS = { healthy: "✓", degraded: "!", down: "×" };
