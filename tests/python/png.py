"""Just enough PNG for the tests: 8-bit grey or RGB, not interlaced, read and written with zlib
alone.
"""

import struct
import zlib

import torch

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3}  # colour type -> channels


def read_png(path):
    """The pixels of a PNG as uint8 [C, H, W]."""
    data = path.read_bytes()
    if not data.startswith(SIGNATURE):
        raise ValueError(f"{path}: not a PNG")
    header, packed, position = None, b"", len(SIGNATURE)
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        body = data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        position += length + 12
    width, height, depth, colour, _, _, interlaced = header
    if depth != 8 or colour not in CHANNELS or interlaced:
        raise ValueError(f"{path}: only 8-bit grey and RGB without interlacing are read here")
    channels = CHANNELS[colour]
    pixels = _unfilter(zlib.decompress(packed), width * channels, height, channels)
    return (
        torch.frombuffer(pixels, dtype=torch.uint8)
        .view(height, width, channels)
        .permute(2, 0, 1)
        .contiguous()
    )


def write_png(path, image):
    """Writes uint8 [C, H, W]."""
    channels, height, width = image.shape
    rows = image.permute(1, 2, 0).reshape(height, width * channels).tolist()
    packed = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    colour = {1: 0, 3: 2}[channels]
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")]
    path.write_bytes(
        SIGNATURE
        + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )
    )


def grid(images, columns):
    """Images [N, C, H, W] in [-1, 1] side by side as uint8 [C, H', W'], without gaps."""
    count, channels, height, width = images.shape
    pixels = ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    rows = -(-count // columns)
    full = torch.zeros(rows * columns, channels, height, width, dtype=torch.uint8)
    full[:count] = pixels
    return (
        full.view(rows, columns, channels, height, width)
        .permute(2, 0, 3, 1, 4)
        .reshape(channels, rows * height, columns * width)
    )


def _unfilter(packed, stride, height, step):
    """Undoes the five row filters of PNG; `step` is the bytes of one pixel."""
    pixels = bytearray(stride * height)
    above = bytes(stride)
    for row in range(height):
        start = row * (stride + 1)
        kind, line = packed[start], bytearray(packed[start + 1 : start + 1 + stride])
        if kind == 2:
            line = bytearray((value + up) & 255 for value, up in zip(line, above))
        elif kind != 0:
            for i in range(stride):
                left, corner = (line[i - step], above[i - step]) if i >= step else (0, 0)
                line[i] = (line[i] + _predict(kind, left, above[i], corner)) & 255
        pixels[row * stride : (row + 1) * stride] = line
        above = line
    return pixels


def _predict(kind, left, up, corner):
    if kind == 1:
        return left
    if kind == 3:
        return (left + up) // 2
    estimate = left + up - corner
    distances = [(abs(estimate - value), order) for order, value in enumerate((left, up, corner))]
    return (left, up, corner)[min(distances)[1]]
