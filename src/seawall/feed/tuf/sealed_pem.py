"""A private key as PEM under a passphrase: PKCS #8 with PBES2, scrypt and AES-256 (RFC 8018, 7914).

The format is what `openssl pkcs8 -topk8 -scrypt` writes, with eight times its work: the general
writer of the cryptography library asks of a guesser only 2,048 rounds of PBKDF2.
"""

import os
from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

N, R = 2**14, 8
WORK = 8
"""scrypt's p: about a quarter of a second and 16 MB for one guess."""

_PBES2 = (1, 2, 840, 113549, 1, 5, 13)
_SCRYPT = (1, 3, 6, 1, 4, 1, 11591, 4, 11)
_AES_256_CBC = (2, 16, 840, 1, 101, 3, 4, 1, 42)
_SEQUENCE, _OCTETS, _INTEGER, _OID = 0x30, 0x04, 0x02, 0x06


def seal(key: Ed25519PrivateKey, passphrase: str, *, work: int = WORK) -> bytes:
    """The PEM of `key`; the cryptography library and openssl read it with the passphrase."""
    salt, iv = os.urandom(16), os.urandom(16)
    secret = Scrypt(salt=salt, length=32, n=N, r=R, p=work).derive(passphrase.encode())
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    scheme = _sequence(
        _oid(_PBES2),
        _sequence(
            _sequence(
                _oid(_SCRYPT),
                _sequence(_tlv(_OCTETS, salt), _integer(N), _integer(R), _integer(work)),
            ),
            _sequence(_oid(_AES_256_CBC), _tlv(_OCTETS, iv)),
        ),
    )
    body = _sequence(scheme, _tlv(_OCTETS, _encrypt(plain, secret, iv)))
    label = b"ENCRYPTED PRIVATE KEY"
    return b"-----BEGIN %s-----\n%s-----END %s-----\n" % (label, _lines(body), label)


def _lines(data: bytes) -> bytes:
    """Base64 in lines of 64 characters (RFC 7468)."""
    text = b64encode(data)
    return b"".join(text[at : at + 64] + b"\n" for at in range(0, len(text), 64))


def _encrypt(plain: bytes, secret: bytes, iv: bytes) -> bytes:
    pad = PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    return cipher.update(pad.update(plain) + pad.finalize()) + cipher.finalize()


def _sequence(*parts: bytes) -> bytes:
    return _tlv(_SEQUENCE, b"".join(parts))


def _tlv(tag: int, body: bytes) -> bytes:
    """One value in DER, of less than 65,536 bytes."""
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def _integer(number: int) -> bytes:
    return _tlv(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _oid(arcs: tuple[int, ...]) -> bytes:
    return _tlv(_OID, bytes([arcs[0] * 40 + arcs[1]]) + b"".join(map(_arc, arcs[2:])))


def _arc(value: int) -> bytes:
    """Base 128, all but the last byte with the high bit set."""
    digits = [value & 127]
    while value := value >> 7:
        digits.append(value & 127 | 128)
    return bytes(reversed(digits))
