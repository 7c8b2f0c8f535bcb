/* Preloaded into the program under test: kills it, as kill -9 would, or makes the disk fail, at a chosen system call.
 *
 * Counted are the calls that write to, sync, cut, remove or rename a file of the database (mentions.db and whatever
 * begins so: log, journal, locks, copies), and what is sent and received over TCP. Random kills miss what lies between
 * two commits; these do not.
 *
 *   KILL_AT_CALL=N   SIGKILL just before the Nth call
 *   TEAR=1           ... and if that is a write, after half of it has been written
 *   FAIL_AT_CALL=N   the Nth call and every later one that needs room fails with FAIL_WITH (an errno: ENOSPC, EIO)
 *   FAIL_TIMES=M     ... but no more than M of them
 *   TRACE_CALLS=FILE appends a letter a call: w write, s sync, t cut, u remove, r rename, n send, v receive
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define DATABASE "mentions.db"
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long calls = 0, failed = 0;

static long asked(const char *name) {
    const char *value = getenv(name);
    return value && *value ? atol(value) : 0;
}

static int of_the_database(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return strstr(path, DATABASE) != NULL;
}

static int over_tcp(int fd) {
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    return getpeername(fd, (struct sockaddr *)&name, &length) == 0 && name.ss_family == AF_INET;
}

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

/* Whether the call is to fail: then errno is set. Does not come back from the call that kills. */
static int counted(char kind, int fd, const void *bytes, size_t size, off64_t offset) {
    long now = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    const char *trace = getenv("TRACE_CALLS");
    if (trace && *trace) {
        int file = syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_APPEND | O_CREAT, 0600);
        syscall(SYS_write, file, &kind, 1);
        syscall(SYS_close, file);
    }
    if (now == asked("KILL_AT_CALL")) {
        if (bytes && asked("TEAR")) {
            if (offset < 0) syscall(SYS_write, fd, bytes, size / 2);
            else syscall(SYS_pwrite64, fd, bytes, size / 2, offset);
        }
        die();
    }
    long from = asked("FAIL_AT_CALL"), most = asked("FAIL_TIMES");
    if (!from || now < from || (kind != 'w' && kind != 's' && kind != 't')) return 0;
    if (most && __atomic_add_fetch(&failed, 1, __ATOMIC_SEQ_CST) > most) return 0;
    errno = (int)asked("FAIL_WITH");
    return 1;
}

ssize_t write(int fd, const void *b, size_t n) {
    if (of_the_database(fd) && counted('w', fd, b, n, -1)) return -1;
    return NEXT(write)(fd, b, n);
}
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) {
    if (of_the_database(fd) && counted('w', fd, b, n, o)) return -1;
    return NEXT(pwrite)(fd, b, n, o);
}
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) {
    if (of_the_database(fd) && counted('w', fd, b, n, o)) return -1;
    return NEXT(pwrite64)(fd, b, n, o);
}
int fsync(int fd) { return of_the_database(fd) && counted('s', fd, NULL, 0, 0) ? -1 : NEXT(fsync)(fd); }
int fdatasync(int fd) { return of_the_database(fd) && counted('s', fd, NULL, 0, 0) ? -1 : NEXT(fdatasync)(fd); }
int ftruncate(int fd, off_t n) { return of_the_database(fd) && counted('t', fd, NULL, 0, 0) ? -1 : NEXT(ftruncate)(fd, n); }
int ftruncate64(int fd, off64_t n) { return of_the_database(fd) && counted('t', fd, NULL, 0, 0) ? -1 : NEXT(ftruncate64)(fd, n); }
int unlink(const char *path) {
    if (strstr(path, DATABASE)) counted('u', -1, NULL, 0, 0);
    return NEXT(unlink)(path);
}
int rename(const char *from, const char *to) {
    if (strstr(to, DATABASE)) counted('r', -1, NULL, 0, 0);
    return NEXT(rename)(from, to);
}
ssize_t send(int fd, const void *b, size_t n, int flags) {
    if (over_tcp(fd)) counted('n', -1, NULL, 0, 0);
    return NEXT(send)(fd, b, n, flags);
}
ssize_t recv(int fd, void *b, size_t n, int flags) {
    if (over_tcp(fd)) counted('v', -1, NULL, 0, 0);
    return NEXT(recv)(fd, b, n, flags);
}
