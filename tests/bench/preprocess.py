"""The images, prepared by the peers as requant's options say: the same files, the same work."""
import os

MEAN, SCALE = 127.0, 128.0  # of any network: only the time matters here
SUFFIXES = (".jpg", ".jpeg", ".png")


def listing(folder, count):
    """The first `count` images below a folder, in order of their paths."""
    paths = [os.path.join(base, name) for base, _, names in os.walk(folder, followlinks=True)
             for name in names if name.lower().endswith(SUFFIXES)]
    return sorted(paths)[:count]


class Picture:
    """An input that takes one RGB picture."""

    def __init__(self, dims):
        """dims: of the input, None where they are dynamic; a dynamic picture is 640x640."""
        if len(dims) != 4 or 3 not in (dims[1], dims[3]):
            raise ValueError(f"{dims} is no picture")
        self.channels_last = dims[1] != 3
        sides = dims[1:3] if self.channels_last else dims[2:]
        self.height, self.width = (side or 640 for side in sides)
        self.resize = round(max(self.height, self.width) * 8 / 7)

    def shape(self):
        sides = [self.height, self.width]
        return [1, *sides, 3] if self.channels_last else [1, 3, *sides]

    def options(self):
        """requant's words for it."""
        three = ",".join
        return ["--resize", str(self.resize), "--crop", f"{self.width}x{self.height}",
                "--mean", three([f"{MEAN:g}"] * 3), "--scale", three([f"{SCALE:g}"] * 3),
                "--channels", "rgb", "--layout", "nhwc" if self.channels_last else "nchw"]

    def load(self, path):
        import numpy as np
        from PIL import Image
        image = Image.open(path).convert("RGB")
        factor = self.resize / min(image.size)
        image = image.resize([round(side * factor) for side in image.size], Image.BILINEAR)
        left, top = (image.size[0] - self.width) // 2, (image.size[1] - self.height) // 2
        image = image.crop((left, top, left + self.width, top + self.height))
        data = (np.asarray(image, np.float32) - np.float32(MEAN)) / np.float32(SCALE)
        return data[None] if self.channels_last else data.transpose(2, 0, 1)[None]


def picture_of(model):
    """The picture that an OpenVINO model takes as its only input; ValueError if it takes none."""
    if len(model.inputs) != 1 or model.input(0).partial_shape.rank.is_dynamic:
        raise ValueError("not one input of known rank")
    return Picture(dims_of(model))


def dims_of(model):
    """Of the first input, None where they are dynamic."""
    return [None if d.is_dynamic else d.get_length() for d in model.input(0).partial_shape]
