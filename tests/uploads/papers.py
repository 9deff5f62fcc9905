"""Papers that do not exist, and photos of them as phones take them."""

from __future__ import annotations

import io
import random
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont
from PIL.Image import Resampling, Transform, Transpose

from app.documents.fonts import SERIF

_WORDS = (
    "甲乙双方根据国家有关规定本着平等自愿协商一致的原则就毕业后到用人单位工作达成如下协议并共同遵守试用期工资违约金"
    "补充条款岗位报到地点时间档案户口转递"
)
_NAMES = "林王李张刘陈杨赵黄周吴徐孙胡朱高何郭马罗知夏子涵雨欣浩然思远嘉怡一诺宇轩梓萱俊杰佳琪"
_PLACES = "杭州宁波绍兴远岸青禾长风明湖云岭海棠北辰"
A4 = (1654, 2339)
"""200 dots an inch."""


def page(person: int, template: int = 1) -> Image.Image:
    """A filled form on A4: the template's text, the person's name, numbers, employer and dates, a red seal."""
    width, height = A4
    own, fixed = random.Random(person), random.Random(template * 7919)
    paper = Image.new("RGB", A4, (250, 250, 250))
    draw = ImageDraw.Draw(paper)
    draw.text((width / 2, 180), f"毕业生就业协议书（{template}）", font=_font(60), fill=(20, 20, 20), anchor="mm")
    lines = [
        f"姓名：{''.join(own.choices(_NAMES, k=3))}    学号：2023{own.randrange(10**6):06d}",
        f"身份证号：33{own.randrange(10**16):016d}",
        f"用人单位：{''.join(own.choices(_PLACES, k=8))}有限公司",
        f"联系电话：139{own.randrange(10**8):08d}    月薪：{own.randrange(6000, 20000)} 元",
    ]
    while 300 + 58 * len(lines) < height - 350:
        lines.append("".join(fixed.choices(_WORDS, k=38)))
    lines.append(f"签订日期：2027 年 {own.randrange(1, 13)} 月 {own.randrange(1, 29)} 日")
    for number, line in enumerate(lines):
        draw.text((150, 300 + 58 * number), line, font=_font(34), fill=(30, 30, 30))
    x, y = width - 420, height - 330
    draw.ellipse((x - 150, y - 150, x + 150, y + 150), outline=(200, 40, 40), width=10)
    draw.text((x, y), "合同专用章", font=_font(36), fill=(200, 40, 40), anchor="mm")
    return paper


def photo(
    paper: Image.Image,
    shot: int = 1,
    *,
    size: tuple[int, int] = (3024, 4032),
    blur: float = 0.8,
    noise: float = 4,
    tilt: float = 0.05,
) -> Image.Image:
    """The paper on a desk as a phone held by hand sees it: askew, unevenly lit, a little blurred, grainy; upright.

    ``blur`` is the radius in pixels, ``noise`` the deviation of 255, ``tilt`` how far corners stray, of the width.
    """
    own = random.Random(shot)
    width, height = size
    grain = Image.effect_noise((width // 8, height // 8), 15).resize(size, Resampling.BICUBIC)
    scene = Image.merge("RGB", [grain.point(lambda v, k=k: int(v * k)) for k in (0.75, 0.6, 0.5)])
    corners = [
        ((x + own.uniform(-tilt, tilt)) * width, (y + own.uniform(-tilt, tilt)) * height)
        for x, y in ((0.06, 0.06), (0.94, 0.06), (0.94, 0.94), (0.06, 0.94))
    ]
    seen = _perspective(corners, paper.size)
    mask = Image.new("L", paper.size, 255).transform(size, Transform.PERSPECTIVE, seen)
    scene.paste(paper.transform(size, Transform.PERSPECTIVE, seen, Resampling.BICUBIC), (0, 0), mask)
    light = Image.linear_gradient("L").rotate(own.choice((0, 90, 180, 270))).resize(size)
    light = light.point(lambda v: int(150 + v * 0.4))
    scene = ImageChops.multiply(scene, Image.merge("RGB", (light,) * 3))
    if blur:
        scene = scene.filter(ImageFilter.GaussianBlur(blur))
    if noise:
        grain = Image.effect_noise(size, noise)
        scene = ImageChops.add(scene, Image.merge("RGB", (grain,) * 3), 1, -128)
    return scene


def jpeg(image: Image.Image, quality: int = 90, orientation: int | None = None, **options: object) -> bytes:
    """As a phone writes it; with an orientation the pixels lie as the sensor did and a tag says how to turn them."""
    if orientation:
        image = image.transpose(_LAID[orientation]) if orientation != 1 else image
        exif = Image.Exif()
        exif[0x0112], exif[0x010F] = orientation, "Phone"
        exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 15.0, 0.0), 3: "E", 4: (120.0, 9.0, 0.0)})
        options["exif"] = exif
    made = io.BytesIO()
    image.save(made, "JPEG", quality=quality, **options)
    return made.getvalue()


@lru_cache(maxsize=4)
def proof(person: int = 1, shot: int = 1) -> bytes:
    """A good 12-megapixel photo, made once."""
    return jpeg(photo(page(person), shot), orientation=6)


_LAID = {
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_270,
}  # fmt: skip
"""How a camera held so lays the upright picture into its file."""


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(SERIF), size)


def _perspective(corners: list[tuple[float, float]], paper: tuple[int, int]) -> list[float]:
    """What :meth:`Image.transform` wants so that the paper's corners come to lie at ``corners``."""
    width, height = paper
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(corners, ((0, 0), (width, 0), (width, height), (0, height)), strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for i in range(8):
        best = max(range(i, 8), key=lambda k: abs(rows[k][i]))
        rows[i], rows[best] = rows[best], rows[i]
        for k in range(8):
            if k != i:
                factor = rows[k][i] / rows[i][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i], strict=True)]
    return [rows[i][8] / rows[i][i] for i in range(8)]
