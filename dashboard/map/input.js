// Translates pointer, wheel and key events on the map into calls.

const CLICK_SLACK = 5;
const ZOOM_STEP = 1.25;

/** Whether the page can scroll, so that the wheel belongs to it. */
const scrolls = () => document.documentElement.scrollHeight > innerHeight + 2;

/**
 * @typedef {object} Handlers
 * @property {(event: PointerEvent) => string} hit the element under the pointer, or ""
 * @property {(factor: number, x?: number, y?: number) => void} zoomBy
 * @property {(dx: number, dy: number) => void} pan
 * @property {(id: string) => void} select
 * @property {(id: string) => void} hover
 * @property {(way: "up"|"down"|"left"|"right") => void} step
 * @property {() => void} choose
 * @property {() => void} fit
 */

/** @param {HTMLElement} host @param {Handlers} handlers */
export function listen(host, handlers) {
  let drag = /** @type {{x: number, y: number, far: number} | null} */ (null);
  host.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY, far: 0 };
    host.setPointerCapture(event.pointerId);
  });
  host.addEventListener("pointermove", (event) => {
    if (!drag) return handlers.hover(handlers.hit(event));
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    drag = { x: event.clientX, y: event.clientY, far: drag.far + Math.hypot(dx, dy) };
    if (drag.far > CLICK_SLACK) handlers.pan(dx, dy);
  });
  host.addEventListener("pointerup", (event) => {
    if (drag && drag.far <= CLICK_SLACK) handlers.select(handlers.hit(event));
    drag = null;
  });
  host.addEventListener("pointercancel", () => (drag = null));
  host.addEventListener("pointerleave", () => handlers.hover(""));
  host.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== host && scrolls()) return;
      event.preventDefault();
      const box = host.getBoundingClientRect();
      handlers.zoomBy(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
    },
    { passive: false },
  );
  const ways = /** @type {Record<string, "up"|"down"|"left"|"right">} */ ({
    ArrowUp: "up",
    ArrowDown: "down",
    ArrowLeft: "left",
    ArrowRight: "right",
  });
  host.addEventListener("keydown", (event) => {
    if (ways[event.key]) handlers.step(ways[event.key]);
    else if (event.key === "Enter" || event.key === " ") handlers.choose();
    else if (event.key === "+" || event.key === "=") handlers.zoomBy(ZOOM_STEP);
    else if (event.key === "-") handlers.zoomBy(1 / ZOOM_STEP);
    else if (event.key === "0") handlers.fit();
    else return;
    event.preventDefault();
  });
}
