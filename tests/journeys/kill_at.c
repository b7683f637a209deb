/* Preloaded into a process, this ends it with SIGKILL at the N-th call that changes files or sends
   something: before the call, or in the middle of it, when half of the bytes are written. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST = 1 << 16 };

static long counted, fatal;
static int armed, halfway, spared = -1;
static char kinds[MOST];

/* Count from now on. 0 for `at` kills nobody; `spare` is a descriptor that does not count. */
void kill_at_arm(long at, int half, int spare)
{
    counted = 0;
    fatal = at;
    halfway = half;
    spared = spare;
    armed = 1;
}

/* What was counted: "w" for each call that writes bytes, "o" for each other. */
const char *kill_at_kinds(void)
{
    armed = 0;
    kinds[counted < MOST ? counted : MOST - 1] = 0;
    return kinds;
}

static void end(void)
{
    for (;;)
        syscall(SYS_kill, getpid(), SIGKILL);
}

/* 1 when this call is to be done by half, then followed by end(). */
static int reached(char kind, size_t bytes)
{
    if (!armed)
        return 0;
    if (counted < MOST - 1)
        kinds[counted] = kind;
    if (++counted != fatal)
        return 0;
    if (!halfway || kind != 'w' || bytes < 2)
        end();
    return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t bytes)
{
    if (fd != spared && reached('w', bytes)) {
        NEXT(write)(fd, data, bytes / 2);
        end();
    }
    return NEXT(write)(fd, data, bytes);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at)
{
    if (reached('w', bytes)) {
        NEXT(pwrite)(fd, data, bytes / 2, at);
        end();
    }
    return NEXT(pwrite)(fd, data, bytes, at);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t at)
{
    if (reached('w', bytes)) {
        NEXT(pwrite64)(fd, data, bytes / 2, at);
        end();
    }
    return NEXT(pwrite64)(fd, data, bytes, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (reached('w', parts[0].iov_len)) {
        NEXT(write)(fd, parts[0].iov_base, parts[0].iov_len / 2);
        end();
    }
    return NEXT(writev)(fd, parts, count);
}

ssize_t send(int fd, const void *data, size_t bytes, int flags)
{
    if (reached('w', bytes)) {
        NEXT(send)(fd, data, bytes / 2, flags);
        end();
    }
    return NEXT(send)(fd, data, bytes, flags);
}

#define OTHER(name, parameters, arguments) \
    int name parameters                    \
    {                                      \
        reached('o', 0);                   \
        return NEXT(name) arguments;       \
    }

OTHER(fsync, (int fd), (fd))
OTHER(fdatasync, (int fd), (fd))
OTHER(ftruncate, (int fd, off_t size), (fd, size))
OTHER(ftruncate64, (int fd, off64_t size), (fd, size))
OTHER(unlink, (const char *path), (path))
OTHER(unlinkat, (int at, const char *path, int flags), (at, path, flags))
OTHER(rmdir, (const char *path), (path))
OTHER(mkdir, (const char *path, mode_t mode), (path, mode))
OTHER(mkdirat, (int at, const char *path, mode_t mode), (at, path, mode))
OTHER(rename, (const char *from, const char *to), (from, to))
OTHER(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
OTHER(renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
      (a, from, b, to, flags))
OTHER(link, (const char *from, const char *to), (from, to))
OTHER(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
OTHER(symlink, (const char *to, const char *path), (to, path))
OTHER(symlinkat, (const char *to, int at, const char *path), (to, at, path))
OTHER(chmod, (const char *path, mode_t mode), (path, mode))
OTHER(fchmod, (int fd, mode_t mode), (fd, mode))
