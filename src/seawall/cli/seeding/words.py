"""Words that made-up parties, packages and weaknesses are named with."""

HARBOURS = (
    "Harbour", "Pierhead", "Quayside", "Breakwater", "Tidemark", "Lantern", "Mooring", "Gannet",
    "Saltmarsh", "Kelp", "Fathom", "Leeward", "Windlass", "Capstan", "Halyard", "Bosun", "Dory",
    "Skerry", "Estuary", "Sandbar", "Foghorn", "Beacon", "Trawler", "Spinnaker", "Rudder",
    "Anchor", "Ballast", "Compass", "Cutter", "Ferry", "Galley", "Jetty", "Keel", "Lagoon",
)  # fmt: skip
KINDS = {
    "vendor": ("Software", "Systems", "Project", "Foundation", "Libraries", "Networks"),
    "finder": ("AI Lab", "Security Research", "Fuzzing", "Red Team", "Scanner"),
    "deployer": ("Hospital", "Water", "Bank", "County", "Grid", "Ports", "University", "Transit"),
    "authority": ("Cyber Authority", "Directive Office"),
}
GIVEN = ("Ada", "Ben", "Chi", "Dara", "Eli", "Fen", "Gus", "Hana", "Ines", "Jun", "Kai", "Lea",
         "Mio", "Noor", "Ola", "Pia", "Quin", "Rui", "Sol", "Tam", "Uma", "Vic", "Wen")  # fmt: skip
FAMILY = ("Abara", "Brandt", "Castro", "Duarte", "Eng", "Fischer", "Garcia", "Haddad", "Ito",
          "Jensen", "Kaya", "Lund", "Mori", "Novak", "Okafor", "Petrov", "Quist", "Rossi",
          "Silva", "Tanaka", "Usman", "Varga", "Wolf", "Yilmaz", "Zhou")  # fmt: skip
STEMS = ("yaml", "http", "json", "crypt", "parse", "route", "render", "queue", "cache", "image",
         "zip", "auth", "form", "graph", "mail", "proxy", "query", "schema", "socket", "stream",
         "table", "token", "url", "xml", "template", "logger", "archive", "font")  # fmt: skip
ENDINGS = ("kit", "lib", "core", "lite", "js", "x", "go", "fast", "tools", "plus", "ng", "io")
ECOSYSTEMS = (("npm", 30), ("pypi", 22), ("maven", 14), ("golang", 11), ("deb", 9), ("cargo", 6),
              ("nuget", 4), ("composer", 2), ("gem", 2))  # fmt: skip
_VECTORS = tuple(
    f"CVSS:3.1/{metrics}"
    for metrics in (
        "AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
        "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:H",
        "AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N",
        "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
        "AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H",
        "AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
        "AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:L",
        "AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:N/A:N",
        "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
    )
)
WEAKNESSES = (
    ("CWE-79", "unescaped text reaches the page in {f}", _VECTORS[0]),
    ("CWE-787", "{f} writes past the end of a heap buffer", _VECTORS[1]),
    ("CWE-125", "{f} reads past the end of its input", _VECTORS[2]),
    ("CWE-89", "{f} puts a parameter into a query unchecked", _VECTORS[3]),
    ("CWE-78", "{f} hands a file name to the shell", _VECTORS[1]),
    ("CWE-22", "{f} follows .. out of the folder", _VECTORS[4]),
    ("CWE-502", "{f} builds objects from foreign bytes", _VECTORS[5]),
    ("CWE-416", "{f} uses a node after it was freed", _VECTORS[6]),
    ("CWE-1333", "{f} takes exponential time for a crafted text", _VECTORS[7]),
    ("CWE-1321", "{f} changes Object.prototype", _VECTORS[8]),
    ("CWE-918", "{f} fetches addresses inside the network", _VECTORS[9]),
    ("CWE-287", "{f} accepts a token with an empty signature", _VECTORS[10]),
    ("CWE-674", "{f} recurses without a bound", "medium"),
    ("CWE-190", "a length in {f} overflows", "high"),
    ("CWE-200", "{f} shows secrets in an error", "low"),
)  # fmt: skip
FUNCTIONS = ("parse", "load", "render", "decode", "resolve", "open", "merge", "compile", "read",
             "unpack", "verify", "match", "expand", "convert", "dispatch", "normalize")  # fmt: skip
SENTENCES = (
    "The function {f} of {p} takes a length from the input and trusts it.",
    "A crafted document makes {f} in {p} do what only its caller should.",
    "With the default settings of {p} an unauthenticated client reaches {f}.",
    "No value of the input is checked before {f} uses it.",
    "The same input is harmless in the fixed version.",
    "The reproducer needs no network and takes less than a second.",
)
