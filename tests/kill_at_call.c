/* Preloaded into the program under test: kills it, as kill -9 would, just before its Nth writing or syncing system
 * call on a file of the database. Random kills miss what lies between two commits; these do not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int of_the_database(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return strstr(path, "mentions.db") != NULL;
}

static void count(int fd) {
    static long calls = 0;
    const char *at = getenv("KILL_AT_CALL");
    if (at && of_the_database(fd) && ++calls == atol(at)) kill(getpid(), SIGKILL);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *b, size_t n) { count(fd); return NEXT(write)(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { count(fd); return NEXT(pwrite)(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { count(fd); return NEXT(pwrite64)(fd, b, n, o); }
int fsync(int fd) { count(fd); return NEXT(fsync)(fd); }
int fdatasync(int fd) { count(fd); return NEXT(fdatasync)(fd); }
int ftruncate(int fd, off_t n) { count(fd); return NEXT(ftruncate)(fd, n); }
int ftruncate64(int fd, off64_t n) { count(fd); return NEXT(ftruncate64)(fd, n); }
