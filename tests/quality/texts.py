"""Pictures of printed words on photographs, for networks that read: made here, from a seed."""
import json
import os
import random

from PIL import Image, ImageDraw, ImageFont


def words_of(path):
    """Words to print: the names of ImageNet's classes."""
    with open(path) as file:
        return [line.split()[2].replace("_", " ") for line in file]


def patch(photograph, width, height, dice):
    left = dice.randrange(max(1, photograph.size[0] - width))
    top = dice.randrange(max(1, photograph.size[1] - height))
    return photograph.crop((left, top, left + width, top + height))


def colours(dice):
    """Of ink, and of the paper under it."""
    dark = tuple(dice.randrange(0, 90) for _ in range(3))
    light = tuple(dice.randrange(165, 256) for _ in range(3))
    return (dark, light) if dice.random() < 0.7 else (light, dark)


def line_image(text, photograph, dice):
    """One line of text, 48 pixels high, its paper mixed with a photograph."""
    ink, paper = colours(dice)
    font = ImageFont.load_default(dice.randrange(24, 36))
    box = font.getbbox(text)
    width, height = box[2] + 20, 48
    back = patch(photograph.resize((max(width, 200), 200)), width, height, dice)
    image = Image.blend(Image.new("RGB", (width, height), paper), back, 0.25)
    top = (height - box[3] - box[1]) // 2 + dice.randrange(-3, 4)
    ImageDraw.Draw(image).text((10, top), text, ink, font)
    return image.rotate(dice.uniform(-1.5, 1.5), Image.BILINEAR, fillcolor=paper)


def text_of(words, dice):
    return dice.choice(words) if dice.random() < 0.7 else f"{dice.choice(words)} {dice.randrange(1000)}"


def scene_image(photograph, words, dice):
    """A photograph with up to eight labels on it."""
    image = photograph.copy()
    for _ in range(dice.randrange(2, 9)):
        label = line_image(text_of(words, dice), photograph, dice)
        factor = dice.uniform(0.5, 1.3)
        label = label.resize([max(8, round(side * factor)) for side in label.size], Image.BILINEAR)
        image.paste(label, (dice.randrange(max(1, image.size[0] - label.size[0])),
                            dice.randrange(max(1, image.size[1] - label.size[1]))))
    return image


def make(kind, photographs, words, folder, count):
    """`count` PNGs of kind "line", "turned" (half of them upside down) or "scene" in `folder`;
    returns [(file, text or class)]."""
    index = os.path.join(folder, "index.json")
    if os.path.exists(index):
        with open(index) as file:
            return [tuple(row) for row in json.load(file)]
    os.makedirs(folder, exist_ok=True)
    dice, rows = random.Random(folder.rsplit("/", 1)[-1] + kind), []
    for i in range(count):
        photograph = Image.open(photographs[i % len(photographs)]).convert("RGB")
        truth = text_of(words, dice)
        image = scene_image(photograph, words, dice) if kind == "scene" else \
            line_image(truth, photograph, dice)
        if kind == "turned":
            truth = dice.randrange(2)
            image = image.rotate(180 * truth)
        path = os.path.join(folder, f"{i:04d}.png")
        image.save(path)
        rows.append((path, truth))
    with open(index, "w") as file:
        json.dump(rows, file)
    return rows
