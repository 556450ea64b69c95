// What a person does to the map with pointer, wheel and keys.

const CLICK_SLACK = 5;
const ZOOM_STEP = 1.25;

/** Whether the wheel is needed to scroll the page. */
const scrolls = () => document.documentElement.scrollHeight > innerHeight + 2;

/**
 * @typedef {object} Hands
 * @property {(event: PointerEvent) => string} hit the element under the pointer, or ""
 * @property {(factor: number, x?: number, y?: number) => void} zoomBy
 * @property {(dx: number, dy: number) => void} pan
 * @property {(id: string) => void} select
 * @property {(id: string) => void} hover
 * @property {(way: "up"|"down"|"left"|"right") => void} step
 * @property {() => void} choose
 * @property {() => void} fit
 */

/** Hear an element's events. @param {HTMLElement} host @param {Hands} hands */
export function listen(host, hands) {
  let grip = /** @type {{x: number, y: number, far: number} | null} */ (null);
  host.addEventListener("pointerdown", (event) => {
    grip = { x: event.clientX, y: event.clientY, far: 0 };
    host.setPointerCapture(event.pointerId);
  });
  host.addEventListener("pointermove", (event) => {
    if (!grip) return hands.hover(hands.hit(event));
    const [dx, dy] = [event.clientX - grip.x, event.clientY - grip.y];
    grip = { x: event.clientX, y: event.clientY, far: grip.far + Math.hypot(dx, dy) };
    if (grip.far > CLICK_SLACK) hands.pan(dx, dy);
  });
  host.addEventListener("pointerup", (event) => {
    if (grip && grip.far <= CLICK_SLACK) hands.select(hands.hit(event));
    grip = null;
  });
  host.addEventListener("pointercancel", () => (grip = null));
  host.addEventListener("pointerleave", () => hands.hover(""));
  host.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== host && scrolls()) return;
      event.preventDefault();
      const box = host.getBoundingClientRect();
      hands.zoomBy(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
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
    if (ways[event.key]) hands.step(ways[event.key]);
    else if (event.key === "Enter" || event.key === " ") hands.choose();
    else if (event.key === "+" || event.key === "=") hands.zoomBy(ZOOM_STEP);
    else if (event.key === "-") hands.zoomBy(1 / ZOOM_STEP);
    else if (event.key === "0") hands.fit();
    else return;
    event.preventDefault();
  });
}
