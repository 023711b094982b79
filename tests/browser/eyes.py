"""What stands in the way of somebody who reads a page: weak colours, cut words, fields without a name.

The measure of contrast is that of WCAG 2.2, level AA: 4.5 for text, 3 for large text.
"""

from __future__ import annotations

from playwright.sync_api import Page

_FAULTS = """() => {
  const faults = [], width = document.documentElement.clientWidth;
  const text = (element) => (element.textContent || element.name).trim();
  const named = (element) => element.tagName + " " + text(element).slice(0, 50);
  const say = (what, element) => faults.push(what + ": " + named(element));
  const parts = (color) => (color.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const mixed = (above, below, part) => below.map((c, i) => above[i] * part + c * (1 - part));
  const over = (above, below) => mixed(above, below, above[3] ?? 1);
  const light = (color) => {
    const [r, g, b] = color.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement)
      layers.push(parts(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((below, above) => over(above, below), [255, 255, 255]);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility({visibilityProperty: true})) continue;
    if (element.closest("svg, .hidden, .skip, script, style, option")) continue;
    const style = getComputedStyle(element), below = ground(element);
    const pair = [light(over(parts(style.color), below)), light(below)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if ((pair[0] + 0.05) / (pair[1] + 0.05) < (large ? 3 : 4.5)) say("weak colour", element);
    const spot = document.createRange();
    spot.selectNodeContents(texts.currentNode);
    const moves = element.closest(".scroll, pre, thead, textarea");
    if (!moves && spot.getBoundingClientRect().right > width + 1) say("sticks out", element);
    const hides = style.overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1;
    if (hides) say("cut off", element);
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!field.labels?.length && !field.ariaLabel) say("no name", field);
    if (field.checkVisibility() && field.getBoundingClientRect().right > width + 1) say("sticks out", field);
  }
  for (const element of document.querySelectorAll("[tabindex]"))
    if (element.tabIndex > 0) say("out of order for the keyboard", element);
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one heading of the first rank");
  return [...new Set(faults)];
}"""


def faults(page: Page) -> list[str]:
    """Everything in the way on the page as it stands; drawers and details are opened first."""
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true })")
    found: list[str] = page.evaluate(_FAULTS)
    return found


def walk(page: Page, steps: int) -> list[str]:
    """What the keyboard reaches, step by step; each place must show that it has the focus."""
    reached = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        name, seen = page.evaluate(
            """() => {
              const one = document.activeElement, style = getComputedStyle(one);
              const marked = style.outlineStyle !== "none" || style.boxShadow !== "none";
              const inside = one.getBoundingClientRect().left >= 0;
              return [(one.textContent || one.name || "").trim(), marked && inside];
            }"""
        )
        assert seen, f"{page.url}: nobody sees where the keyboard is: {name}"
        reached.append(name)
    return reached
