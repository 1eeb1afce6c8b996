"""Draws the illustrations of the demo institute: `python -m seeds.draw`. Needs Pillow alone; the same every time.

They are drawings that claim to show nothing that happened: invented terrain, schematic routes, counted shapes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from PIL import ImageDraw

from seeds.sheet import (
    EMBER,
    FOAM,
    GRID_H,
    GRID_W,
    HERE,
    INK,
    NAVY,
    NIGHT,
    PAPER,
    RUST,
    SAND,
    SEA,
    STEEL,
    H,
    Sheet,
    W,
    noise,
    shaped,
    terrain,
)


def desert_camps() -> Sheet:
    sheet, field = Sheet(SAND), noise(21)
    terrain(sheet, field, ["#e2cfa8", "#d8c094", "#cdaf7e", "#c19d69"], "#6d4f2a", 0.4)
    for x, y in ((0.27, 0.36), (0.46, 0.62), (0.63, 0.33), (0.78, 0.57)):
        sheet.dot((x, y), 16, RUST)
        for radius in (52, 96):
            sheet.ring((x, y), radius, RUST, 6, 0.85)
    sheet.route([(0.03, 0.9), (0.3, 0.79), (0.55, 0.83), (0.97, 0.72)], "#fffaf0", 12)
    sheet.route([(0.03, 0.9), (0.3, 0.79), (0.55, 0.83), (0.97, 0.72)], "#7b5a31", 5, 14)
    return sheet


def air_refuelling() -> Sheet:
    sheet = Sheet(NIGHT, STEEL)
    terrain(sheet, noise(8), ["#173350", "#1d3f60", "#264d70", "#315d81"], PAPER, 0.16)
    main = [(-0.02, 0.72), (0.3, 0.6), (0.62, 0.42), (1.02, 0.16)]
    sheet.route(main, PAPER, 9)
    for start in (0.98, 0.88, 0.78):
        sheet.route(
            [(0.1, start + 0.08), (0.3, start - 0.06), (0.5, 0.52 + (start - 0.8) / 4), (0.66, 0.395)], EMBER, 6, 12
        )
    for at in ((0.3, 0.6), (0.66, 0.395)):
        sheet.dot(at, 22, PAPER)
        sheet.dot(at, 12, NAVY)
    return sheet


def command_map() -> Sheet:
    sheet = Sheet(INK, NAVY)
    terrain(sheet, noise(33), ["#13263c", "#173150", "#1d3d61"], FOAM, 0.14, n=11)
    for i in range(-3, 9):
        sheet.route([(i * 0.14 - 0.1, -0.05), (i * 0.14, 0.5), (i * 0.14 - 0.1, 1.05)], PAPER, 2, alpha=0.22)
        sheet.route([(-0.05, i * 0.17), (0.5, i * 0.17 + 0.07), (1.05, i * 0.17)], PAPER, 2, alpha=0.22)
    hub = (0.36, 0.56)
    for x, y in ((0.12, 0.24), (0.2, 0.82), (0.52, 0.2), (0.62, 0.7), (0.78, 0.38), (0.9, 0.74), (0.5, 0.9)):
        sheet.route([hub, ((hub[0] + x) / 2, (hub[1] + y) / 2 - 0.08), (x, y)], EMBER, 4, alpha=0.9)
        sheet.dot((x, y), 17, PAPER)
    for radius in (26, 62, 98):
        sheet.ring(hub, radius, EMBER, 6)
    sheet.dot(hub, 26, EMBER)
    return sheet


def two_straits() -> Sheet:
    def coast(x: float, y: float, v: float) -> float:
        inner = math.hypot((x - 0.5) / 0.17, (y - 0.5) / 0.15)  # the sea between
        channel = abs(y - (0.5 + 0.17 * math.sin((x - 0.5) * 5.2))) / 0.035
        outer = min(math.hypot((x - 1.02) / 0.32, (y - 0.2) / 0.62), math.hypot((x + 0.02) / 0.27, (y - 0.86) / 0.55))
        return min(inner, channel, outer) - 1 + (v - 0.5) * 0.75

    sheet, field = Sheet(SEA, "#12394a"), shaped(noise(5, cells=7), coast)
    for depth, tone in ((-0.45, "#235567"), (-0.2, "#2d6576")):
        sheet.fill(field, depth, tone)
    sheet.fill(field, 0.0, "#ece2cc")
    hills = noise(5, cells=7)
    land = shaped(
        hills, lambda x, y, v: v if field[int(y * (GRID_H - 1)) * GRID_W + int(x * (GRID_W - 1))] > 0.06 else -1
    )
    sheet.contours(shaped(field, lambda _x, _y, v: min(v, 3.0)), [0.0], "#5d4c33", 1.0, 5)
    for level in (0.45, 0.6, 0.75):
        sheet.fill(land, level, "#d9c7a1", 130)
    course = [(x / 10, 0.5 + 0.17 * math.sin((x / 10 - 0.5) * 5.2)) for x in range(-1, 12)]
    sheet.route(course, EMBER, 9, 10)
    return sheet


def patrol_tracks() -> Sheet:
    sheet = Sheet("#dfe7ec", PAPER)
    terrain(sheet, noise(14), ["#d6dfe3", "#ccd8dc", "#c1ced2"], STEEL, 0.25, n=12)
    sheet.ink(RUST, 0.13, lambda pen: pen.rectangle((0, 0, W, int(H * 0.52)), fill=255))
    sheet.route([(-0.02, 0.52), (1.02, 0.52)], RUST, 10, 3)
    for number, (x, y) in enumerate(((0.24, 0.27), (0.55, 0.2), (0.8, 0.33))):
        for spread in (0, 1, 2):
            w, h = (0.1 + spread * 0.012) * W, (0.06 + spread * 0.016) * H
            box = (x * W - w, y * H - h, x * W + w, y * H + h)
            sheet.oval(box, NAVY, 0.9 - spread * 0.28)
        sheet.dot((x + 0.1, y), 18, RUST if number == 1 else NAVY)
    for x in (0.18, 0.5, 0.82):
        sheet.route([(x, 1.02), (x + 0.02, 0.75), (x + 0.05, 0.36)], NAVY, 4, 8, 0.7)
    return sheet


def ledger_lines() -> Sheet:
    sheet, random = Sheet("#f3ede0", "#e9dfca"), Random(4)  # noqa: S311
    for column in range(4):
        for row in range(19):
            x, y = (0.07 + column * 0.225) * W, (0.09 + row * 0.0455) * H
            length = (0.08 + random.random() * 0.1) * W
            struck = random.random() < 0.09
            box = (x, y, x + length, y + 20)
            sheet.bar(box, 10, NAVY, 0.3 if struck else 0.25 + random.random() * 0.55)
            if struck:
                sheet.route([((x - 26) / W, (y + 10) / H), ((x + length + 26) / W, (y + 10) / H)], RUST, 9)
    return sheet


def blue_grid() -> Sheet:
    sheet, field = Sheet("#3f83bd", "#235a8f"), noise(42, cells=5)
    radius, cx, cy = H * 0.43, W * 0.5, H * 0.5

    def dots(pen: ImageDraw.ImageDraw) -> None:
        for latitude in range(-80, 81, 5):
            across = max(6, int(72 * math.cos(math.radians(latitude))))
            for i in range(across):
                longitude = 360 * i / across
                a, b = math.radians(latitude), math.radians(longitude)
                x, y, z = math.cos(a) * math.sin(b), -math.sin(a), math.cos(a) * math.cos(b)
                y, z = y * 0.94 - z * 0.34, y * 0.34 + z * 0.94
                if z < 0.02:
                    continue
                value = field[
                    int((latitude + 80) / 161 * GRID_H) * GRID_W + int((longitude + 180) % 360 / 360 * GRID_W)
                ]
                size = (6 if value < 0.5 else 20) * (0.45 + 0.55 * z)
                pen.ellipse(
                    (cx + x * radius - size, cy + y * radius - size, cx + x * radius + size, cy + y * radius + size),
                    fill=255,
                )

    sheet.ring((0.5, 0.5), radius * 1.045, PAPER, 4, 0.6)
    sheet.ink("#ffffff", 0.95, dots)
    for i in range(3):
        sheet.ring((0.5, 0.5), radius * (1.22 + i * 0.2), PAPER, 3, 0.28 - i * 0.07)
    return sheet


def sahel_dunes() -> Sheet:
    sheet, random = Sheet("#f2d9ab", "#e9b277"), Random(9)  # noqa: S311
    sheet.dot((0.69, 0.31), 190, "#f7ead0", 0.55)
    sheet.dot((0.69, 0.31), 128, "#fbf3e2")
    tones = ["#dca46a", "#cd8f57", "#b97a48", "#9c633c", "#7a4c33", "#53382e", "#2f2a2b"]
    for layer, tone in enumerate(tones):
        base = 0.46 + layer * 0.085
        phases = [
            (random.random() * 7, 2 + layer * 0.4 + random.random() * 2, 0.035),
            (random.random() * 7, 6 + random.random() * 3, 0.011),
        ]
        ridge = [
            (x, (base - sum(size * (1 - abs(math.sin(x / W * pace + phase))) for phase, pace, size in phases)) * H)
            for x in range(0, W + 8, 8)
        ]
        sheet.ground(ridge, tone)
    return sheet


def descending_steps() -> Sheet:
    sheet = Sheet("#152a43", INK)
    heights = [0.8, 0.8, 0.78, 0.62, 0.62, 0.5, 0.38, 0.3, 0.21, 0.21, 0.15, 0.15]
    for i, height in enumerate(heights):
        for j in range(6):
            x = (0.06 + i * 0.0745 + j * 0.0095) * W
            top = (0.9 - height * (1 - 0.012 * j)) * H
            colour, alpha = (EMBER, 1.0) if i >= 10 else (FOAM, 0.35 + 0.05 * (j % 3) + i * 0.03)
            sheet.bar((x, top, x + 11, 0.9 * H), 6, colour, alpha)
    sheet.route([(0.05, 0.905), (0.955, 0.905)], PAPER, 4, alpha=0.6)
    return sheet


def shipping_lanes() -> Sheet:
    def coast(x: float, y: float, v: float) -> float:
        gap = 0.06 + 0.55 * math.pow(abs(x - 0.52), 1.25)
        return (abs(y - 0.5 - 0.12 * math.sin(x * 5)) - gap) * 3 + (v - 0.5) * 0.55

    sheet, field = Sheet("#123a4c", "#0e2a3c"), shaped(noise(71, cells=6), coast)
    for depth, tone in ((-0.5, "#17455a"), (-0.22, "#1f566c")):
        sheet.fill(field, depth, tone)
    sheet.fill(field, 0.0, "#e6d9ba")
    sheet.fill(field, 0.35, "#d8c69e")
    sheet.fill(field, 0.7, "#c9b485")
    sheet.contours(field, [0.0], "#4c4330", 0.9, 5)
    for i in range(-5, 6):
        spread = i * 0.055
        points = [
            (x, 0.5 + 0.12 * math.sin(x * 5) + spread * (abs(x - 0.52) * 1.7 + 0.1))
            for x in (-0.02, 0.14, 0.3, 0.44, 0.52, 0.6, 0.74, 0.88, 1.02)
        ]
        sheet.route(points, EMBER if i == 0 else PAPER, 6 if i == 0 else 3, 0 if i == 0 else 8, 1.0 if i == 0 else 0.6)
    return sheet


def sea_zones() -> Sheet:
    islands = ((0.3, 0.42, 0.075), (0.36, 0.56, 0.04), (0.72, 0.6, 0.022), (0.82, 0.3, 0.014))

    def distance(x: float, y: float, v: float) -> float:
        nearest = min(math.hypot(x - a, (y - b) * 9 / 16) - r for a, b, r in islands)
        return -(nearest + (v - 0.5) * 0.03)

    sheet, field = Sheet("#cfe0e0", "#b4cfd2"), shaped(noise(3, cells=9), distance)
    for reach, tone in ((0.24, "#a5c6cb"), (0.1, "#8bb5bd"), (0.05, "#6fa2ad")):
        sheet.fill(field, -reach, tone)
    sheet.contours(field, [-0.24, -0.1, -0.05], NAVY, 0.55, 3)
    sheet.fill(field, 0.0, "#efe6d2")
    sheet.contours(field, [0.0], "#4c4330", 1.0, 6)
    sheet.route([(-0.02, 0.14), (0.24, 0.12), (0.5, 0.4), (0.62, 0.82), (0.7, 1.02)], RUST, 9, 7)
    return sheet


def concentric_rings() -> Sheet:
    sheet, random = Sheet("#efe8d8", "#e2d6bd"), Random(12)  # noqa: S311
    for i in range(13):
        radius = 70 + i * 56
        sheet.ring((0.5, 0.5), radius, NAVY, 3 if i % 3 else 7, 0.75 - i * 0.035)
        for _ in range(1 + i // 2):
            angle = random.random() * math.tau
            at = (0.5 + radius * math.cos(angle) / W, 0.5 + radius * math.sin(angle) / H)
            sheet.dot(at, 10 + random.random() * 9, RUST if random.random() < 0.22 else NAVY)
    sheet.dot((0.5, 0.5), 30, RUST)
    return sheet


def linked_circles() -> Sheet:
    sheet, n, radius = Sheet(NAVY, "#0f2138"), 32, H * 0.4
    at = [
        (0.5 + radius * math.cos(math.tau * i / n) / W, 0.5 + radius * math.sin(math.tau * i / n) / H) for i in range(n)
    ]
    for i in range(n):
        for step in (5, 11, 14):
            j = (i + step) % n
            middle = ((at[i][0] + at[j][0]) / 4 + 0.25, (at[i][1] + at[j][1]) / 4 + 0.25)
            sheet.route([at[i], middle, at[j]], FOAM, 2, alpha=0.3)
    for i, point in enumerate(at):
        sheet.dot(point, 24, EMBER if i == 5 else PAPER)
    return sheet


DRAWINGS: tuple[Callable[[], Sheet], ...] = (
    desert_camps, air_refuelling, command_map, two_straits, patrol_tracks, ledger_lines, blue_grid, sahel_dunes,
    descending_steps, shipping_lanes, sea_zones, concentric_rings, linked_circles,
)  # fmt: skip

if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for drawing in DRAWINGS:
        drawing().save(drawing.__name__.replace("_", "-"))
