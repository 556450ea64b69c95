// The map. Its interface is `topology`, `state`, `attend` and `on`; everything else is private.
//
// Rules: places are computed once for a topology and kept, and so is the zoom. Two canvases: links below, nodes above.
// Of a big network only the links and nodes whose look changed are repainted.

import { boxOf, fit, nearest, place, toPlan, zoom } from "./place.js";
import { listen } from "./input.js";
import { allNamed, meet, paintNames } from "./names.js";
import { colours, paintDot, paintLink, paintNode } from "./paint.js";
import { linkAt, linkLook, nodeLook, sameLink, sameNode } from "./looks.js";

/** @typedef {import("../types").NodeBody} NodeBody */
/** @typedef {import("../types").LinkBody} LinkBody */

const PIECEMEAL_FROM = 300;
const DRAWN_FROM = 2.2;
const TOUCH_REACH = 9;
/** Milliseconds after the start in which a change of size moves the nodes; later they keep their places. */
const SETTLES = 2000;

/** @param {HTMLElement} host @param {(link: LinkBody) => number | null | undefined} usedOf utilisation of a link in percent */
export function createMap(host, usedOf) {
  const [linkPen, nodePen] = [layer(host), layer(host)];
  const listeners = /** @type {Record<string, ((id: string) => void)[]>} */ ({ select: [], hover: [], cursor: [] });
  let nodes = /** @type {Iterable<NodeBody>} */ ([]);
  let links = /** @type {Iterable<LinkBody>} */ ([]);
  let shownIds = "";
  let placement = /** @type {import("./place.js").Placement} */ ({
    places: new Map(),
    radius: 20,
    labelled: true,
    step: 100,
    rooms: new Map(),
  });
  let attention = /** @type {import("./looks.js").Attention} */ ({
    focus: null,
    causes: new Set(),
    shown: null,
    selected: "",
  });
  let camera = { k: 1, x: 0, y: 0 };
  let ink = colours();
  let moved = false;
  let begun = Infinity;
  let size = { width: 0, height: 0, dpr: 1 };
  let cursor = "";
  let names = /** @type {import("./place.js").Box[]} */ ([]);
  const nodeLooks = /** @type {Map<string, import("./looks.js").NodeLook>} */ (new Map());
  const linkLooks = /** @type {Map<string, import("./looks.js").LinkLook>} */ (new Map());
  const stats = { full: 0, pieces: 0 };

  const emit = (/** @type {string} */ name, /** @type {string} */ id) =>
    listeners[name].forEach((listener) => listener(id));
  const margin = () => placement.radius * 1.6 + (placement.labelled ? 38 : 6);

  function measure() {
    const { width, height } = host.getBoundingClientRect();
    const dpr = Math.min(2, window.devicePixelRatio || 1);
    if (width === size.width && height === size.height && dpr === size.dpr) return;
    size = { width, height, dpr };
    for (const pen of [linkPen, nodePen]) {
      pen.canvas.width = Math.round(width * dpr);
      pen.canvas.height = Math.round(height * dpr);
    }
    if (performance.now() - begun < SETTLES) arrange();
    if (!moved) show();
    repaint();
  }

  /** Compute the places for the size of the map; the camera stays if the user moved it and some nodes are the same. */
  function arrange() {
    const known = size.height > 0;
    if (begun === Infinity && known) begun = performance.now();
    const before = placement.places;
    placement = place([...nodes], known ? size.width / size.height : 2);
    nodeLooks.clear();
    linkLooks.clear();
    if (!moved || ![...placement.places.keys()].some((id) => before.has(id))) show();
    updateLooks();
  }

  function show() {
    camera = fit(boxOf(placement.places.values(), margin()), size.width, size.height);
    moved = false;
  }

  function repaint() {
    stats.full += 1;
    for (const pen of [linkPen, nodePen]) {
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height);
      aim(pen);
    }
    for (const link of linkLooks.values()) if (link.faint) paintLink(linkPen, link, ink);
    for (const link of linkLooks.values()) if (!link.faint) paintLink(linkPen, link, ink);
    for (const node of nodeLooks.values()) drawNode(node);
    names = paintNames(nodePen, nodeLooks.values(), placement, ink, camera.k);
    drawCursor();
  }

  const aim = (/** @type {CanvasRenderingContext2D} */ pen) =>
    pen.setTransform(camera.k * size.dpr, 0, 0, camera.k * size.dpr, camera.x * size.dpr, camera.y * size.dpr);

  function drawNode(/** @type {import("./looks.js").NodeLook} */ node) {
    const paint = placement.labelled || camera.k >= DRAWN_FROM ? paintNode : paintDot;
    paint(nodePen, node, ink, placement.radius);
  }

  function drawCursor() {
    const at = placement.places.get(cursor);
    if (!at || document.activeElement !== host) return;
    const r = placement.radius * 1.45 + 4;
    nodePen.strokeStyle = ink.accent;
    nodePen.lineWidth = 2 / camera.k;
    nodePen.strokeRect(at.x - r, at.y - r, r * 2, r * 2);
  }

  /** Compute all looks; paint those that changed. @param {boolean} [attended] whether the attention changed too */
  function updateLooks(attended = true) {
    const oldLinks = [];
    const oldNodes = [];
    for (const link of links) {
      if (!attended && sameLink(link, usedOf(link), linkLooks.get(link.id))) continue;
      const next = linkLook(link, usedOf(link), placement, attention);
      const before = linkLooks.get(link.id);
      if (next && before?.key !== next.key) oldLinks.push({ before, next });
      if (next) linkLooks.set(link.id, next);
    }
    for (const node of nodes) {
      if (!attended && sameNode(node, nodeLooks.get(node.id))) continue;
      const next = nodeLook(node, placement, attention);
      if (next && nodeLooks.get(node.id)?.key !== next.key) oldNodes.push(next);
      if (next) nodeLooks.set(node.id, next);
    }
    if (!oldLinks.length && !oldNodes.length) return;
    const few = oldLinks.length + oldNodes.length <= nodeLooks.size && nodeLooks.size >= PIECEMEAL_FROM;
    if (few && oldLinks.every(paintsOver) && oldNodes.every(standsAlone)) {
      const changed = oldLinks.map(({ next }) => next);
      pieces(changed, oldNodes);
    } else repaint();
  }

  /** @param {{x: number, y: number}} node @returns {import("./place.js").Box} */
  function squareOf({ x, y }) {
    const r = placement.radius * 1.5 + 3;
    return { left: x - r, right: x + r, top: y - r, bottom: y + r };
  }

  /** Whether a node can be repainted without touching a name. @param {import("./looks.js").NodeLook} node */
  function standsAlone(node) {
    if (node.role || allNamed(placement, camera.k)) return false;
    const square = squareOf(node);
    return !names.some((name) => meet(name, square));
  }

  /** Paint new links over the old ones, and each changed node in its own square. @param {import("./looks.js").LinkLook[]} changed @param {import("./looks.js").NodeLook[]} others */
  function pieces(changed, others) {
    stats.pieces += 1;
    for (const link of changed) paintLink(linkPen, { ...link, width: link.width + 0.6 }, ink);
    for (const node of others) {
      const { left, right, top, bottom } = squareOf(node);
      nodePen.clearRect(left, top, right - left, bottom - top);
      drawNode(node);
    }
  }

  /** The element at a point of the page, or "". @param {{clientX: number, clientY: number}} event */
  function hit(event) {
    const box = host.getBoundingClientRect();
    const point = toPlan(camera, event.clientX - box.left, event.clientY - box.top);
    const reach = Math.max(placement.radius * 1.25, TOUCH_REACH / camera.k);
    let [best, least] = ["", reach];
    for (const [id, { x, y }] of placement.places) {
      const far = Math.hypot(x - point.x, y - point.y);
      if (far < least) [least, best] = [far, id];
    }
    return best || linkAt(linkLooks.values(), point, TOUCH_REACH / camera.k);
  }

  const zoomBy = (/** @type {number} */ factor, x = size.width / 2, y = size.height / 2) => {
    camera = zoom(camera, factor, x, y);
    moved = true;
    repaint();
  };

  listen(host, {
    hit,
    zoomBy,
    pan(dx, dy) {
      camera = { ...camera, x: camera.x + dx, y: camera.y + dy };
      moved = true;
      repaint();
    },
    select: (id) => emit("select", id),
    hover: (id) => emit("hover", id),
    step(way) {
      cursor = nearest(placement.places, cursor || attention.selected, way);
      repaint();
      emit("cursor", cursor);
    },
    choose: () => cursor && emit("select", cursor),
    fit: () => (show(), repaint()),
  });
  host.addEventListener("focus", repaint);
  host.addEventListener("blur", repaint);
  new ResizeObserver(measure).observe(host);
  measure();

  return {
    /** Show a topology; places change only with the set of nodes or links. @param {NodeBody[]} someNodes @param {LinkBody[]} someLinks */
    topology(someNodes, someLinks) {
      [nodes, links] = [someNodes, someLinks];
      const ids = [...someNodes.map((node) => node.id), ...someLinks.map((link) => link.id)].join(" ");
      if (ids !== shownIds) {
        shownIds = ids;
        arrange();
      } else updateLooks();
    },
    /** Show new values of the same topology. @param {Iterable<NodeBody>} someNodes @param {Iterable<LinkBody>} someLinks */
    state(someNodes, someLinks) {
      [nodes, links] = [someNodes, someLinks];
      updateLooks(false);
    },
    /** Set what to emphasise: the elements of an incident, open causes, the filtered and the selected elements. @param {Partial<import("./looks.js").Attention>} changes */
    attend(changes) {
      attention = { ...attention, ...changes };
      updateLooks();
    },
    on(/** @type {"select"|"hover"|"cursor"} */ name, /** @type {(id: string) => void} */ listener) {
      listeners[name].push(listener);
    },
    zoom: zoomBy,
    fit: () => (show(), repaint()),
    recolour() {
      ink = colours();
      repaint();
    },
    /** For tests: the position of a node on the page. */
    where(/** @type {string} */ id) {
      const at = placement.places.get(id);
      const box = host.getBoundingClientRect();
      return at && { x: box.left + at.x * camera.k + camera.x, y: box.top + at.y * camera.k + camera.y };
    },
    stats: () => ({ ...stats, nodes: nodeLooks.size, links: linkLooks.size, zoom: camera.k }),
  };
}

/** @param {{before: import("./looks.js").LinkLook | undefined, next: import("./looks.js").LinkLook}} change */
const paintsOver = ({ before, next }) =>
  before !== undefined && !before.down && !before.role && before.faint === next.faint;

/** @param {HTMLElement} host */
function layer(host) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  host.append(canvas);
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}
