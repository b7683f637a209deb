"""Only public addresses are called, however an address is spelled."""

import pytest

from seawall.outbound.addresses import vet_address
from seawall.outbound.client import Outbound
from seawall.outbound.errors import OutboundRefused
from seawall.outbound.urls import read_url
from seawall.vocab.decisions import Allowed, Refused

PUBLIC = ["93.184.215.14", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1"]
PUBLIC += ["223.255.255.255", "2606:2800:21f:cb07::1", "2a00:1450::1", "11.0.0.1"]

SPECIAL = (  # noqa: SIM905
    "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 100.100.100.200 "
    "127.0.0.1 127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 "
    "172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 "
    "192.168.255.255 192.31.196.1 192.52.193.1 192.175.48.1 198.18.0.1 198.19.255.255 "
    "198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 "
    "::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:93.184.215.14 ::ffff:0:127.0.0.1 "
    "64:ff9b::7f00:1 64:ff9b::5db8:d70e 64:ff9b:1::1 100::1 2001::1 "
    "2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 "
    "2002:7f00:1::1 2002:a00:1:: 3fff::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fe80::1 "
    "fe80::1%eth0 fec0::1 ff02::1 ff0e::1 4000::1 2600::5efe:127.0.0.1 2600::200:5efe:7f00:1 "
).split()


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_called(address):
    assert vet_address(address) == Allowed()


@pytest.mark.parametrize("address", SPECIAL)
def test_a_special_address_is_not_called(address):
    assert isinstance(vet_address(address), Refused)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f.0.0.1", "1.2.3.4.5", "²"])
def test_what_is_no_address_is_not_called(text):
    assert vet_address(text) == Refused("not an IP address")


SPELLINGS = """
http://93.184.215.14/
ftp://example.com/
file:///etc/passwd
gopher://example.com/
//example.com/
example.com
https:example.com
https:///example.com
https://
https:///
https://127.0.0.1/
https://127.0.0.1:8443/
https://127.1/
https://127.0.1/
https://2130706433/
https://017700000001/
https://0177.0.0.1/
https://0x7f.0.0.1/
https://0x7f000001/
https://0x7f.1/
https://127.0.0.1./
https://127.0.0.01/
https://127.000.000.001/
https://00000127.0.0.1/
https://127.0.0.1.0x1/
https://256.256.256.256/
https://0/
https://0.0.0.0/
https://0x/
https://169.254.169.254/latest/meta-data/
https://2852039166/
https://0251.0376.0251.0376/
https://168.63.129.16/
https://[::1]/
https://[::]/
https://[0:0:0:0:0:0:0:1]/
https://[::ffff:127.0.0.1]/
https://[::ffff:7f00:1]/
https://[::ffff:169.254.169.254]/
https://[64:ff9b::a9fe:a9fe]/
https://[2002:7f00:1::]/
https://[fe80::1]/
https://[fe80::1%25eth0]/
https://[fd00:ec2::254]/
https://[::1
https://::1/
https://[]/
https://[127.0.0.1]/
https://[v1.x]/
https://localhost/
https://LOCALHOST/
https://localhost./
https://intranet/
https://example.com./
https://example..com/
https://.example.com/
https://-a.example.com/
https://a-.example.com/
https://user@example.com/
https://user:secret@example.com/
https://example.com@127.0.0.1/
https://example.com:443@127.0.0.1/
https://example.com%40127.0.0.1/
https://example.com%2f@127.0.0.1/
https://example.com\\@127.0.0.1/
https://127.0.0.1\\@example.com/
https://example.com#@127.0.0.1/
https://example.com/#fragment
https://example.com /
https://exämple.com/
https://ⓔⓧⓐⓜⓟⓛⓔ.com/
https://①②⑦.0.0.1/
https://127。0。0。1/
https://１２７.0.0.1/
https://example.com:0/
https://example.com:65536/
https://example.com:99999/
https://example.com:-1/
https://example.com:+443/
https://example.com:4 43/
https://example.com:443:443/
https://example.com:22/
https://example.com:25/
https://example.com:80/
https://example.com%00.evil.test/
https://a_very_long_label_that_is_longer_than_sixty_three_characters_altogether_x.example.com/
""".strip("\n").split("\n")
SPELLINGS += ["", " https://example.com/", "https://a.b/" + "x" * 2000, "https://exam\tple.com/"]
SPELLINGS += ["https://example.com\r\nHost:/x", "https://example.com/\x00", "https://a.b/\n"]


@pytest.mark.parametrize(
    "url", [*SPELLINGS, "", " https://example.com/", "https://a.b/" + "x" * 2000]
)
def test_an_address_that_could_be_read_in_two_ways_is_not_called(url):
    def never(host, port):
        raise AssertionError(f"{host} was resolved")

    outbound = Outbound(resolver=never)
    with pytest.raises(OutboundRefused):
        outbound.request("GET", url)


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://example.com", "example.com", 443, "/"),
        ("HTTPS://EXAMPLE.COM/A?b=C", "example.com", 443, "/A?b=C"),
        ("https://example.com?x", "example.com", 443, "/?x"),
        ("https://xn--exmple-cua.com:8443/", "xn--exmple-cua.com", 8443, "/"),
        ("https://a_b.example.com/@x:y", "a_b.example.com", 443, "/@x:y"),
        ("https://[2606:2800:21F:CB07:0:0:0:1]/", "2606:2800:21f:cb07::1", 443, "/"),
        ("https://93.184.215.14:9000/", "93.184.215.14", 9000, "/"),
    ],
)
def test_an_address_is_read_in_one_way(url, host, port, path):
    target = read_url(url)
    assert (target.host, target.port, target.path) == (host, port, path)
    assert Outbound().check(url) == target


def test_reading_the_address_that_was_read_changes_nothing():
    target = read_url("https://[2606:2800:21f:cb07:0::1]:8443/a?b")
    assert read_url(target.url) == target
