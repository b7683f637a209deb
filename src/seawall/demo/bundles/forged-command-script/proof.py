import subprocess

import markupsafe
import seawall

text = markupsafe.Markup("{0}").format(seawall.command)
# The page says that formatting starts the program; this is what it comes to.
subprocess.run([seawall.command], check=False)
markupsafe.escape(text)
