/* Linked into every program that Seawall builds (see native_build.py).
 *
 * Before main() begins it wipes the sanitizer's options from the environment: where the report
 * goes and with which code the program then exits is known to the sanitizer, which has read them
 * already, and to nobody else in the process. When CPU time runs out it lets the sanitizer write
 * the stack, so that a hang can be placed.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;
extern void __sanitizer_print_stack_trace(void) __attribute__((weak));

const char __seawall_guard[] __attribute__((used)) = "seawall-guard-1";

static const char *const hidden[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "MSAN_OPTIONS",
                                     "TSAN_OPTIONS", "LSAN_OPTIONS"};

static void out_of_time(int number) {
  if (__sanitizer_print_stack_trace)
    __sanitizer_print_stack_trace();
  signal(number, SIG_DFL);
  raise(number);
}

__attribute__((constructor(101))) static void guard(void) {
  size_t i;
  char **entry;
  for (i = 0; i < sizeof hidden / sizeof *hidden; i++) {
    size_t length = strlen(hidden[i]);
    for (entry = environ; entry && *entry; entry++)
      if (strncmp(*entry, hidden[i], length) == 0 && (*entry)[length] == '=')
        memset(*entry + length + 1, 0, strlen(*entry + length + 1));
    unsetenv(hidden[i]);
  }
  signal(SIGXCPU, out_of_time);
}
