"""A small C program with one flaw per word of its input, packed as a reproducer."""

import gzip
import io
import tarfile

import pytest

from seawall.proofs.reader import read_reproducer
from seawall.proofs.reproducer import Reproducer
from seawall.sandbox import Sandbox, SandboxUnavailable, find_sandbox

TOY = r"""
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "size.h"

extern char **environ;

static int overflow(const char *text) {
  char *copy = malloc(SIZE);
  strcpy(copy, text);
  int length = (int)strlen(copy);
  free(copy);
  return length;
}

static int odd(int n) { return n & 1; }

static void spin(void) {
  volatile unsigned n = 0;
  while (SIZE < 32) n += odd((int)n);
}

static void fake(FILE *out) {
  fputs("=================================================================\n"
        "==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011\n"
        "WRITE of size 1 at 0x602000000011 thread T0\n"
        "    #0 0x4f5b3d in parse /work/source/toy.c:12:3\n\n"
        "SUMMARY: AddressSanitizer: heap-buffer-overflow /work/source/toy.c:12:3 in parse\n", out);
}

static void save(const char *path, const char *text) {
  FILE *out = fopen(path, "w");
  if (out) { fputs(text, out); fclose(out); }
}

static void show(const char *path) {
  char text[4096];
  int fd = open(path, O_RDONLY);
  ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text);
  if (n > 0) fwrite(text, 1, (size_t)n, stdout);
}

int main(int argc, char **argv) {
  char line[4096] = "";
  FILE *in = argc > 1 ? fopen(argv[1], "r") : stdin;
  if (!in || !fgets(line, sizeof line, in)) return 2;
  line[strcspn(line, "\n")] = 0;
  char *argument = strchr(line, ' ');
  if (argument) *argument++ = 0;
  if (!strcmp(line, "overflow")) return overflow(argument) == 0;
  if (!strcmp(line, "spin")) { spin(); return 0; }
  if (!strcmp(line, "sleep")) { sleep(600); return 0; }
  if (!strcmp(line, "abort")) abort();
  if (!strcmp(line, "add")) return INT_MAX + atoi(argument) == 7;
  if (!strcmp(line, "fake")) { fake(stderr); return 1; }
  if (!strcmp(line, "fakefile")) { FILE *f = fopen("log.1", "w"); fake(f); return 1; }
  if (!strcmp(line, "run")) return system(argument);
  if (!strcmp(line, "save")) { save(argument, "text"); return 0; }
  if (!strcmp(line, "show")) { show(argument); return 0; }
  if (!strcmp(line, "environment")) {
    for (char **e = environ; *e; e++) puts(*e);
    show("/proc/self/environ");
    return 0;
  }
  return 0;
}
"""


def source_archive(*, size: int) -> bytes:
    """The program's source release; a version with a larger buffer is the fixed one."""
    return tar_gz(
        {
            "toy/toy.c": TOY.encode(),
            "toy/size.h": f"#define SIZE {size}\n".encode(),
            "toy/Makefile": b"toy: toy.c\n\t$(CC) -O2 -o toy toy.c\n",
        }
    )


def tar_gz(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(out.getvalue(), mtime=0)


def toy(
    line: str,
    *,
    oracle: str = 'kind = "sanitizer"',
    build: str = 'sources = ["toy.c"]',
    control: str = "",
    extra: dict[str, bytes] | None = None,
) -> Reproducer:
    """A reproducer whose input is `line`; `control` the input of a control run."""
    manifest = f"""
format = 1
title = "toy"
[target]
purl = "pkg:generic/toy"
affected = "1"
fixed = "2"
runtime = "native"
[oracle]
{oracle}
[limits]
wall_seconds = 20
[build]
{build}
program = "toy"
archive = "toy-1.tar.gz"
fixed_archive = "toy-2.tar.gz"
[run]
args = ["{{input}}"]
inputs = ["input"]
"""
    files = {
        "toy-1.tar.gz": source_archive(size=16),
        "toy-2.tar.gz": source_archive(size=4096),
        "input": line.encode(),
        **(extra or {}),
    }
    if control:
        manifest += '[control]\nargs = ["{input}"]\ninputs = ["benign"]\n'
        files["benign"] = control.encode()
    files["reproducer.toml"] = manifest.encode()
    return read_reproducer(files)


def a_sandbox() -> Sandbox:
    try:
        return find_sandbox()
    except SandboxUnavailable as missing:
        pytest.skip(str(missing))
