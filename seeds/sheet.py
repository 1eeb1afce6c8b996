"""What the drawings are made of: landscapes of noise, their contours, and a sheet with soft edges to draw them on."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw

HERE = Path(__file__).parent / "pictures"
WIDTH, HEIGHT, SCALE = 1280, 720, 2
W, H = WIDTH * SCALE, HEIGHT * SCALE
GRID_W, GRID_H = 256, 144
MAX_BYTES = 118_000

INK, NIGHT, NAVY, STEEL = "#0e1a29", "#12283f", "#17304f", "#2b5273"
PAPER, SAND, CLAY, RUST, EMBER = "#f4efe4", "#e8d8b8", "#b98a55", "#a33d17", "#e07a4a"
SEA, FOAM, MOSS = "#1d4a5c", "#bcd3d3", "#6f7f5c"

Point = tuple[float, float]


def noise(seed: int, octaves: int = 4, cells: int = 5) -> array[float]:
    """A smooth landscape: random grids, each finer and fainter than the last, blown up and added."""
    random = Random(seed)  # noqa: S311 - a drawing, not a secret
    total = array("f", bytes(4 * GRID_W * GRID_H))
    for octave in range(octaves):
        columns, rows = cells * 2**octave + 3, cells * 2**octave * 9 // 16 + 3
        small = Image.frombytes(
            "F", (columns, rows), array("f", (random.random() for _ in range(columns * rows))).tobytes()
        )
        large = array("f", small.resize((GRID_W, GRID_H), Image.Resampling.BICUBIC).tobytes())
        weight = 0.5**octave
        total = array("f", (a + weight * b for a, b in zip(total, large, strict=True)))
    low, high = min(total), max(total)
    return array("f", ((value - low) / (high - low) for value in total))


def shaped(field: array[float], shape: Callable[[float, float, float], float]) -> array[float]:
    """The field with every value replaced by shape(x, y, value); x and y from 0 to 1."""
    return array(
        "f",
        (shape(i % GRID_W / (GRID_W - 1), i // GRID_W / (GRID_H - 1), value) for i, value in enumerate(field)),
    )


class Sheet:
    """A picture at twice its size, on which everything is drawn with soft edges by shrinking it at the end."""

    def __init__(self, top: str, bottom: str | None = None) -> None:
        ramp = Image.linear_gradient("L").resize((W, H))
        self.image = Image.composite(Image.new("RGB", (W, H), bottom or top), Image.new("RGB", (W, H), top), ramp)

    def fill(self, field: array[float], level: float, colour: str, strength: int = 255) -> None:
        """Colour where the field is above the level, with a soft edge."""
        large = Image.frombytes("F", (GRID_W, GRID_H), field.tobytes()).resize((W, H), Image.Resampling.BICUBIC)
        steep = 60_000.0
        mask = large.point(lambda value: value * steep - level * steep).convert("L")
        mask = mask.point(lambda value: value * strength // 255)
        self.image.paste(Image.new("RGB", (W, H), colour), (0, 0), mask)

    def contours(self, field: array[float], levels: Sequence[float], colour: str, alpha: float, width: int = 3) -> None:
        def draw(pen: ImageDraw.ImageDraw) -> None:
            for number, level in enumerate(levels):
                for a, b in segments(field, level):
                    pen.line((*a, *b), fill=255, width=width + (2 if number % 4 == 0 else 0))

        self.ink(colour, alpha, draw)

    def ink(self, colour: str, alpha: float, draw: Callable[[ImageDraw.ImageDraw], None]) -> None:
        mask = Image.new("L", (W, H), 0)
        draw(ImageDraw.Draw(mask))
        mask = mask.point(lambda value: int(value * alpha))
        self.image.paste(Image.new("RGB", (W, H), colour), (0, 0), mask)

    def route(self, points: Sequence[Point], colour: str, width: int = 8, dash: int = 0, alpha: float = 1.0) -> None:
        """A smooth line through the points (given from 0 to 1), broken into dashes when asked."""
        line = smooth(points)

        def draw(pen: ImageDraw.ImageDraw) -> None:
            for number, (a, b) in enumerate(pairwise(line)):
                if not dash or number // dash % 2 == 0:
                    pen.line((*a, *b), fill=255, width=width)
                    pen.ellipse((b[0] - width / 2, b[1] - width / 2, b[0] + width / 2, b[1] + width / 2), fill=255)

        self.ink(colour, alpha, draw)

    def ring(self, centre: Point, radius: float, colour: str, width: int = 6, alpha: float = 1.0) -> None:
        x, y = centre[0] * W, centre[1] * H
        self.ink(
            colour,
            alpha,
            lambda pen: pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=255, width=width),
        )

    def dot(self, centre: Point, radius: float, colour: str, alpha: float = 1.0) -> None:
        x, y = centre[0] * W, centre[1] * H
        self.ink(colour, alpha, lambda pen: pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255))

    def bar(self, box: tuple[float, float, float, float], radius: float, colour: str, alpha: float) -> None:
        self.ink(colour, alpha, lambda pen: pen.rounded_rectangle(box, radius, fill=255))

    def oval(self, box: tuple[float, float, float, float], colour: str, alpha: float) -> None:
        radius = (box[3] - box[1]) / 2
        self.ink(colour, alpha, lambda pen: pen.rounded_rectangle(box, radius, outline=255, width=6))

    def ground(self, ridge: Sequence[Point], colour: str) -> None:
        self.ink(colour, 1.0, lambda pen: pen.polygon([*ridge, (W, H), (0, H)], fill=255))

    def save(self, name: str) -> None:
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        for quality in range(84, 40, -4):
            out = BytesIO()
            small.save(out, "JPEG", quality=quality, progressive=True, optimize=True)
            if len(out.getvalue()) <= MAX_BYTES:
                break
        (HERE / f"{name}.jpg").write_bytes(out.getvalue())


def segments(field: array[float], level: float) -> list[tuple[Point, Point]]:
    """Marching squares: the pieces of the line along which the field has this level."""
    found = []
    sx, sy = W / (GRID_W - 1), H / (GRID_H - 1)
    for y in range(GRID_H - 1):
        row = y * GRID_W
        for x in range(GRID_W - 1):
            a, b = field[row + x], field[row + x + 1]
            c, d = field[row + GRID_W + x + 1], field[row + GRID_W + x]
            cut: list[Point] = []
            for (v, w), (px, py), (qx, qy) in (
                ((a, b), (x, y), (x + 1, y)), ((b, c), (x + 1, y), (x + 1, y + 1)),
                ((c, d), (x + 1, y + 1), (x, y + 1)), ((d, a), (x, y + 1), (x, y)),
            ):  # fmt: skip
                if (v < level) != (w < level):
                    t = (level - v) / (w - v)
                    cut.append(((px + (qx - px) * t) * sx, (py + (qy - py) * t) * sy))
            found += [(cut[i], cut[i + 1]) for i in range(0, len(cut) - 1, 2)]
    return found


def smooth(points: Sequence[Point], steps: int = 60) -> list[Point]:
    """A Catmull-Rom curve through the points, in pixels."""
    all_points = [points[0], *points, points[-1]]
    line: list[Point] = []
    for p0, p1, p2, p3 in zip(all_points, all_points[1:], all_points[2:], all_points[3:], strict=False):
        for step in range(steps):
            t = step / steps
            x, y = (
                0.5 * (2 * p1[k] + (p2[k] - p0[k]) * t + (2 * p0[k] - 5 * p1[k] + 4 * p2[k] - p3[k]) * t**2
                       + (3 * p1[k] - p0[k] - 3 * p2[k] + p3[k]) * t**3)
                for k in (0, 1)
            )  # fmt: skip
            line.append((x * W, y * H))
    line.append((points[-1][0] * W, points[-1][1] * H))
    return line


def levels(n: int) -> list[float]:
    return [(i + 1) / (n + 1) for i in range(n)]


def terrain(sheet: Sheet, field: array[float], tones: Sequence[str], lines: str, alpha: float, *, n: int = 15) -> None:
    for level, tone in zip(levels(len(tones)), tones, strict=True):
        sheet.fill(field, level, tone)
    sheet.contours(field, levels(n), lines, alpha)
