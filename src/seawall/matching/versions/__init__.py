"""Version order, one module per scheme: `key(version)` gives a value that sorts like versions.

A key is a tuple, so that comparing, sorting and storing keys is as fast as Python allows; keys
of one scheme compare with each other only. Equal keys mean equal versions. Nonsense raises
BadInput. The rules are written from each scheme's published specification, named in its module.
"""
