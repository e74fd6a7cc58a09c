"""The certificates of a control plane that lives for some minutes."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rehearsal.processes import HOST

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.timedelta(days=1)


class Authority:
    """A certificate authority in a folder: `ca.crt`, and what it issues as NAME.crt and NAME.key."""

    def __init__(self, folder: Path) -> None:
        """Make the authority's own key and certificate."""
        folder.mkdir(parents=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("rehearsal")
        own = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        (folder / "ca.crt").write_bytes(_pem(own.sign(self._key, hashes.SHA256())))

    def issue(self, name: str, organization: str | None = None) -> None:
        """Write a certificate for a client of that name, which a server on loopback can use too."""
        key = ec.generate_private_key(ec.SECP256R1())
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
        hosts = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST)), x509.DNSName("localhost")])
        issued = (
            self._builder(_name(name, organization), key)
            .add_extension(usages, critical=False)
            .add_extension(hosts, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        (self._folder / f"{name}.crt").write_bytes(_pem(issued))
        self._write_key(name, key)

    def sign_service_accounts(self) -> None:
        """Write the pair of keys, `sa.key` and `sa.pub`, that tokens of service accounts are signed with."""
        key = rsa.generate_private_key(65537, 2048)
        self._write_key("sa", key)
        public = serialization.PublicFormat.SubjectPublicKeyInfo
        (self._folder / "sa.pub").write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, public))

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + 2 * DAY)
        )

    def _write_key(self, name: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
        form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        path = self._folder / f"{name}.key"
        path.touch(mode=0o600)
        path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, secret))


def _name(common: str, organization: str | None = None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _pem(certificate: x509.Certificate) -> bytes:
    return bytes(certificate.public_bytes(serialization.Encoding.PEM))
