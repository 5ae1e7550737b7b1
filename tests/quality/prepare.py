"""What a network takes, from files: pictures or tensors, and requant's options for the same."""
import numpy as np
from PIL import Image


class Prepare:
    """fit: "crop" (shorter side to `resize`, centre cut out), "stretch", "corner", "letterbox"
    (ratio kept; padded with `pad`). mean, scale: pixel units, in the order of `channels`."""

    def __init__(self, width, height, fit="stretch", resize=0, mean=(0, 0, 0), scale=(1, 1, 1),
                 channels="rgb", layout="nchw", pad=0):
        self.width, self.height, self.fit, self.resize = width, height, fit, resize
        self.mean, self.scale = np.float32(mean), np.float32(scale)
        self.channels, self.layout, self.pad = channels, layout, pad

    def options(self):
        words = ["--channels", self.channels, "--layout", self.layout]
        for flag, three in (("--mean", self.mean), ("--scale", self.scale)):
            words += [flag, ",".join(f"{value:g}" for value in three)]
        if self.fit == "crop":
            return words + ["--resize", str(self.resize), "--crop", f"{self.width}x{self.height}"]
        return words + ["--resize", f"{self.width}x{self.height}", "--fit", self.fit,
                        "--pad", ",".join([str(self.pad)] * 3)]

    def load(self, path):
        """float32 of one picture, with a batch of one."""
        image = getattr(self, "_" + self.fit)(Image.open(path).convert("RGB"))
        data = np.asarray(image, np.float32)
        if self.channels == "bgr":
            data = data[:, :, ::-1]
        data = (data - self.mean) / self.scale
        return np.ascontiguousarray(data[None] if self.layout == "nhwc"
                                    else data.transpose(2, 0, 1)[None])

    def _stretch(self, image):
        return image.resize((self.width, self.height), Image.BILINEAR)

    def _crop(self, image):
        factor = self.resize / min(image.size)
        image = image.resize([round(side * factor) for side in image.size], Image.BILINEAR)
        left, top = (image.size[0] - self.width) // 2, (image.size[1] - self.height) // 2
        return image.crop((left, top, left + self.width, top + self.height))

    def _padded(self, image, share):
        """The picture as large as fits, `share` of the room left over before it."""
        factor = min(self.width / image.size[0], self.height / image.size[1])
        image = image.resize([max(1, round(side * factor)) for side in image.size], Image.BILINEAR)
        canvas = Image.new("RGB", (self.width, self.height), (self.pad,) * 3)
        canvas.paste(image, (int((self.width - image.size[0]) * share),
                             int((self.height - image.size[1]) * share)))
        return canvas

    def _corner(self, image):
        return self._padded(image, 0)

    def _letterbox(self, image):
        return self._padded(image, 0.5)


class Tensors:
    """Files of what a network takes as it is: .npz with an array for each input, or .npy."""

    @staticmethod
    def options():
        return []

    @staticmethod
    def load(path):
        """An array, or {input: array}."""
        data = np.load(path)
        return data if isinstance(data, np.ndarray) else dict(data)
