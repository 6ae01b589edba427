"""RC2 decryption (RFC 2268): old PFX files need it, cryptography has it for 128 bits only.

Only to read what exists: nothing is ever encrypted with it.
"""

# The permutation of RFC 2268, section 2.
_PI = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)


def _expand(key: bytes, effective_bits: int) -> list[int]:
    """The 64 sixteen-bit words of the expanded key."""
    buffer = bytearray(key)
    while len(buffer) < 128:
        buffer.append(_PI[(buffer[-1] + buffer[-len(key)]) & 0xFF])
    size = (effective_bits + 7) // 8
    buffer[128 - size] = _PI[buffer[128 - size] & (0xFF >> (8 * size - effective_bits))]
    for i in range(127 - size, -1, -1):
        buffer[i] = _PI[buffer[i + 1] ^ buffer[i + size]]
    return [buffer[i] | buffer[i + 1] << 8 for i in range(0, 128, 2)]


def _decrypt_block(words: list[int], block: bytes) -> bytes:
    r = [int.from_bytes(block[i : i + 2], "little") for i in range(0, 8, 2)]
    for step in range(15, -1, -1):
        for i, rotation in ((3, 5), (2, 3), (1, 2), (0, 1)):
            value = (r[i] >> rotation | r[i] << (16 - rotation)) & 0xFFFF
            mixed = (r[i - 1] & r[i - 2]) + (~r[i - 1] & r[i - 3]) + words[4 * step + i]
            r[i] = (value - mixed) & 0xFFFF
        if step in (11, 5):
            for i in (3, 2, 1, 0):
                r[i] = (r[i] - words[r[i - 1] & 63]) & 0xFFFF
    return b"".join(word.to_bytes(2, "little") for word in r)


def decrypt_cbc(key: bytes, iv: bytes, data: bytes, *, effective_bits: int) -> bytes:
    """CBC without removing the padding; ``data`` is a multiple of 8 bytes."""
    words = _expand(key, effective_bits)
    plain = bytearray()
    previous = iv
    for start in range(0, len(data), 8):
        block = data[start : start + 8]
        plain += bytes(a ^ b for a, b in zip(_decrypt_block(words, block), previous, strict=True))
        previous = block
    return bytes(plain)
