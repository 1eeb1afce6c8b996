"""Is a page wider than its window? At every width from a small phone to a desk, with what sticks out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from playwright.sync_api import CDPSession, Page

WIDTHS = (320, 360, 390, 480, 600, 768, 900, 1024, 1280)  # CSS pixels

# Elements that reach beyond the window, outermost first, without those in a box of their own that scrolls or clips.
_STICKING_OUT = """() => {
  const root = document.documentElement, width = root.clientWidth;
  const over = root.scrollWidth - width;
  if (over <= 0) return null;
  const found = [];
  for (const each of document.body.querySelectorAll('*')) {
    const box = each.getBoundingClientRect();
    if (!box.width || !box.height || (box.right <= width + 0.5 && box.left >= -0.5)) continue;
    let around = each.parentElement, held = false;
    for (; around && around !== document.body; around = around.parentElement)
      if (getComputedStyle(around).overflowX !== 'visible') held = true;
    if (held || each.matches('.skip, .visually-hidden')) continue;
    const name = each.tagName.toLowerCase() + (each.id ? '#' + each.id : '')
      + [...each.classList].map((one) => '.' + one).join('');
    found.push(`${name} (${Math.round(box.left)} to ${Math.round(box.right)})`);
  }
  return `${over} px: ${found.slice(0, 4).join(', ')} … ${found.slice(-3).join(', ')}`;
}"""


def too_wide(page: Page, paths: Iterable[str], widths: Sequence[int] = WIDTHS) -> list[str]:
    """A sentence for each path and width at which the page is wider than its window. A page is loaded once."""
    found = []
    # What `set_viewport_size` does but for the window around it, in half the time.
    chromium = page.context.new_cdp_session(page)
    for path in paths:
        _resize(chromium, widths[-1])
        page.goto(path)
        for width in widths:
            _resize(chromium, width)
            if sticking_out := page.evaluate(_STICKING_OUT):
                found.append(f"{path} at {width} px is wider by {sticking_out}")
    chromium.detach()
    return found


def _resize(chromium: CDPSession, width: int) -> None:
    chromium.send(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
