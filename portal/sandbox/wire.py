"""What the warm server and its owner say to each other over their socket and pipes."""

import struct

CALL = struct.Struct("!d160s")  # seconds until the child is killed; the parser's module
END = struct.Struct("!i?d")  # exit code or minus the signal; killed for time; processor seconds
READY = b"r"
MAX_FILES = 16
