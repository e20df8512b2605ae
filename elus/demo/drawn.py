"""Papers that are images: a crooked scan without text, and heavy plans in high definition."""

import io
import math
import random
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageOps

from elus.demo.typeset import Sheet, pdf, pdf_with_images

SHEETS = (
    ("Châtillon-sur-Thouet – Les Quatre-Routes", "secteur ouvert de 2,9 ha, à l’est du bourg"),
    ("Vasles – Le Pré du Moulin", "secteur ouvert de 1,9 ha, le long de la rivière"),
    ("La Peyratte – Rue du Lavoir", "secteur ouvert de 1,4 ha, derrière l’école"),
    ("Viennay – prairie humide rendue à la zone naturelle", "0,8 ha retirés de l’ouverture à l’urbanisation"),
)
SIZE = (4900, 2520)
INTRODUCTION = """
Les quatre planches qui suivent remplacent, pour les secteurs concernés, celles du règlement graphique en vigueur.
Le fond est une vue fictive, à la manière d'une photographie aérienne ; il ne doit pas servir à mesurer.

= Comment lire les planches
- Le trait épais et la teinte légère délimitent le secteur dont le classement change.
- Le trait vert sombre représente une haie protégée : l'arracher demande une déclaration préalable et une replantation du double.
- Les bâtiments sont en rouge brique, les voies en clair.

= Liste des planches
+ Châtillon-sur-Thouet, Les Quatre-Routes : 2,9 ha ouverts à l'habitat.
+ Vasles, Le Pré du Moulin : 1,9 ha ouverts à l'habitat.
+ La Peyratte, rue du Lavoir : 1,4 ha ouverts à l'habitat.
+ Viennay, prairie humide : 0,8 ha rendus à la zone naturelle.
"""
Point = tuple[float, float]
CROPS = ((170, 178, 96), (120, 150, 78), (196, 176, 120), (150, 164, 92), (104, 138, 74))
ZONES = ((214, 74, 50), (214, 74, 50), (214, 74, 50), (40, 96, 176))


def scan(sheet: Sheet) -> bytes:
    """The sheet as a copier gives it back: grey, a little crooked, dusty, without a word of text."""
    draw = random.Random(11)  # noqa: S311 — dust
    document = pypdfium2.PdfDocument(pdf(sheet))
    pages = [_copied(page.render(scale=150 / 72, grayscale=True).to_pil(), draw) for page in document]
    document.close()
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=150, quality=55)
    return out.getvalue()


def _copied(page: Image.Image, draw: random.Random) -> Image.Image:
    width, height = page.size
    crooked = page.convert("L").rotate(draw.uniform(-0.9, 0.9), Image.Resampling.BICUBIC, fillcolor=248)
    grain = Image.frombytes("L", (width // 2, height // 2), draw.randbytes((width // 2) * (height // 2)))
    grain = grain.resize((width, height)).point(lambda value: 222 + value // 8)
    copied = ImageChops.multiply(crooked, grain)
    pen = ImageDraw.Draw(copied)
    for _ in range(60):
        x, y, r = draw.randrange(width), draw.randrange(height), draw.choice((1, 1, 2))
        pen.ellipse((x, y, x + r, y + r), fill=draw.randrange(70, 160))
    pen.rectangle((0, 0, 14, height), fill=205)
    return copied


def plans(sheet: Sheet) -> bytes:
    """Four plans on aerial-like grounds, some 30 MB altogether."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        body = [INTRODUCTION]
        for place, (title, told) in enumerate(SHEETS, 1):
            _plan(place).save(folder / f"plan{place}.jpg", "JPEG", quality=96, subsampling=0)
            body.append(
                f'= Planche {place} – {title}\n#plan("plan{place}.jpg", "Plan de zonage : {told}", '
                f"[Planche {place}. {told[0].upper() + told[1:]}. Échelle 1/2 000, fond fictif.])"
            )
        return pdf_with_images(replace(sheet, landscape=True, body="\n#pagebreak()\n".join(body)), folder)


def _plan(place: int) -> Image.Image:
    draw = random.Random(500 + place)  # noqa: S311 — fields of fiction
    ground = _noise(draw, 24)
    for cells, share in ((90, 0.4), (700, 0.25)):
        ground = Image.blend(ground, _noise(draw, cells), share)
    ground = Image.blend(ground, _noise(draw, SIZE[0]), 0.17)
    image = ImageOps.colorize(ground, (44, 66, 34), (222, 214, 178), mid=(126, 144, 88)).convert("RGB")
    pen = ImageDraw.Draw(image, "RGBA")
    _fields(pen, draw)
    _roads(pen, draw)
    _zone(pen, draw, place)
    return image


def _noise(draw: random.Random, cells: int) -> Image.Image:
    rows = max(2, cells * SIZE[1] // SIZE[0])
    return Image.frombytes("L", (cells, rows), draw.randbytes(cells * rows)).resize(SIZE, Image.Resampling.BICUBIC)


def _fields(pen: ImageDraw.ImageDraw, draw: random.Random) -> None:
    """A mosaic of fields on a shaken grid, hedges between most of them."""
    columns, rows = 12, 7
    w, h = SIZE[0] / (columns - 2), SIZE[1] / (rows - 2)
    knots = [
        [((x - 0.5 + draw.uniform(-0.3, 0.3)) * w, (y - 0.5 + draw.uniform(-0.3, 0.3)) * h) for x in range(columns)]
        for y in range(rows)
    ]
    for y in range(rows - 1):
        for x in range(columns - 1):
            corners = [knots[y][x], knots[y][x + 1], knots[y + 1][x + 1], knots[y + 1][x]]
            pen.polygon(corners, fill=(*draw.choice(CROPS), draw.randrange(40, 120)))
            for end in (corners[1], corners[3]):
                if draw.random() < 0.8:
                    _hedge(pen, draw, corners[0], end)


def _hedge(pen: ImageDraw.ImageDraw, draw: random.Random, start: Point, end: Point) -> None:
    steps = int(max(abs(end[0] - start[0]), abs(end[1] - start[1])) // 12)
    for n in range(steps):
        x, y = (start[k] + (end[k] - start[k]) * n / steps + draw.uniform(-4, 4) for k in (0, 1))
        r = draw.uniform(6, 13)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(36 + draw.randrange(24), 62 + draw.randrange(20), 34, 255))


def _roads(pen: ImageDraw.ImageDraw, draw: random.Random) -> None:
    roads = []
    for width in (40, 22, 22):
        middle, wave, phase = SIZE[1] * draw.uniform(0.35, 0.65), draw.uniform(120, 420), draw.uniform(0, 6.3)
        slope = draw.uniform(-0.12, 0.12)
        road = [
            (x, middle + slope * (x - SIZE[0] / 2) + wave * math.sin(phase + x / 900) * math.cos(x / 1700))
            for x in range(-40, SIZE[0] + 80, 20)
        ]
        roads.append((road, width))
    for road, width in roads:
        pen.line(road, fill=(90, 88, 84, 255), width=width + 8, joint="curve")
    for road, width in roads:
        pen.line(road, fill=(236, 232, 222, 255), width=width, joint="curve")
    for _ in range(110):
        _house(pen, draw, draw.choice(roads[0][0][70:180]))


def _house(pen: ImageDraw.ImageDraw, draw: random.Random, near: Point) -> None:
    x, y = near[0] + draw.uniform(-60, 60), near[1] + draw.choice((-1, 1)) * draw.uniform(60, 240)
    w, h = draw.randrange(28, 64), draw.randrange(24, 46)
    pen.rectangle((x, y, x + w, y + h), fill=(168, 84, 62, 255), outline=(70, 40, 30, 255), width=3)


def _zone(pen: ImageDraw.ImageDraw, draw: random.Random, place: int) -> None:
    cx, cy = SIZE[0] // 2 + draw.randrange(-300, 300), SIZE[1] // 2 + draw.randrange(-200, 200)
    shape = [
        (cx + dx + draw.randrange(-60, 60), cy + dy + draw.randrange(-60, 60))
        for dx, dy in ((-420, -260), (120, -330), (470, -90), (380, 260), (-80, 320), (-440, 140))
    ]
    colour = ZONES[place - 1]
    pen.polygon(shape, fill=(*colour, 95))
    pen.line([*shape, shape[0]], fill=(*colour, 255), width=16, joint="curve")
