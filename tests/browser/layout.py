"""Checks the layout of a page: no text overlaps another or is cut off, nothing is wider than the window."""

from __future__ import annotations

from playwright.sync_api import Page

FAULTS = """() => {
  const STICKY = ".rail, .bar, thead, #toast, #banner";  // these may overlap what is scrolled
  const SLACK = 2.5;
  const APART = ".unseen, script, style, noscript, option, datalist, [hidden], .skip";
  const texts = [];
  const clipOf = (node) => {
    const box = {left: 0, top: 0, right: innerWidth, bottom: innerHeight, cut: null};
    for (let up = node; up && up !== document.documentElement; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const rect = up.getBoundingClientRect();
      box.left = Math.max(box.left, rect.left); box.right = Math.min(box.right, rect.right);
      box.top = Math.max(box.top, rect.top); box.bottom = Math.min(box.bottom, rect.bottom);
      if (style.overflowX === "hidden" && style.textOverflow !== "ellipsis" && !box.cut) box.cut = rect;
    }
    return box;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, host = node.parentElement;
    const text = node.data.trim().slice(0, 80), of = host.className || host.tagName;
    if (!text || host.closest(APART)) continue;
    const style = getComputedStyle(host);
    if (style.visibility === "hidden" || style.display === "none" || !host.getClientRects().length) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const clip = clipOf(host);
    for (const rect of range.getClientRects()) {
      if (rect.width < 1) continue;
      if (clip.cut && rect.right > clip.cut.right + SLACK && rect.left < clip.cut.right)
        texts.push({cut: true, text, of});
      const seen = {left: Math.max(rect.left, clip.left), right: Math.min(rect.right, clip.right),
                    top: Math.max(rect.top, clip.top), bottom: Math.min(rect.bottom, clip.bottom)};
      if (seen.right - seen.left < 2 || seen.bottom - seen.top < 4) continue;
      texts.push({...seen, node, text, of, sticky: Boolean(host.closest(STICKY))});
    }
  }
  const faults = texts.filter((one) => one.cut).map((one) => `cut off: "${one.text}" in ${one.of}`);
  const seen = texts.filter((one) => !one.cut).sort((a, b) => a.top - b.top);
  for (let i = 0; i < seen.length; i++)
    for (let j = i + 1; j < seen.length && seen[j].top < seen[i].bottom - SLACK; j++) {
      const [a, b] = [seen[i], seen[j]];
      if (a.sticky !== b.sticky || a.node === b.node) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > SLACK && high > SLACK) faults.push(`"${a.text}" (${a.of}) lies over "${b.text}" (${b.of})`);
    }
  const wider = document.documentElement.scrollWidth - innerWidth;
  if (wider > 0) faults.push(`the page is ${wider} px wider than the window`);
  return faults;
}"""


def assert_in_place(page: Page, what: str) -> None:
    faults = page.evaluate(FAULTS)
    assert not faults, f"{what}:\n" + "\n".join(faults[:20])
