/* A preloaded library (LD_PRELOAD) that makes file operations below one folder fail, or the process
 * die at one of them, and can write down each of them. It reads from the environment:
 *
 *   GANTRAIN_FAULT_FOLDER     only paths below this folder (as the program spells them)
 *   GANTRAIN_FAULT_MATCH      only paths that hold this text (default: all)
 *   GANTRAIN_FAULT_OPERATION  open write short_write read fsync fsync_folder close rename unlink,
 * or any; read is read() alone, pread is an operation of its own; short_write writes the first half
 * and reports that GANTRAIN_FAULT_CALL       the first call of this operation that fails, from 1
 * GANTRAIN_FAULT_TIMES      how many calls in a row fail; 0 = all from then on (default 1). A
 * short_write fails once by itself; the writes after it fail TIMES - 1 times with the error (all of
 * them for 0). GANTRAIN_FAULT_ERROR      ENOSPC EIO EDQUOT EROFS ESTALE EACCES EINTR; KILL sends
 * SIGKILL instead, TERM sends SIGTERM and lets the call go on GANTRAIN_FAULT_TRACE      appends
 * "operation path" of each matching call to this file; a rename also says from where: "rename new
 * old"
 *
 * Calls that libc makes inside itself (fopen, getline) are not seen: what is tested here uses the
 * plain system calls.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_DESCRIPTORS = 4096, LONGEST_PATH = 512 };

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static const char *folder, *match, *operation;
static long first_call, times, seen, failed;
static int fault_error, trace = -1, disk_is_full, kills, signal_number;
static char paths[MOST_DESCRIPTORS][LONGEST_PATH];
static int is_folder[MOST_DESCRIPTORS];

static long number_of(const char* name, long otherwise) {
  const char* text = getenv(name);
  return text == NULL ? otherwise : strtol(text, NULL, 10);
}

static int error_of(const char* name) {
  static const struct {
    const char* name;
    int number;
  } known[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO},     {"EDQUOT", EDQUOT},
               {"EROFS", EROFS},   {"EINTR", EINTR}, {"ESTALE", ESTALE},
               {"EACCES", EACCES}, {"KILL", 0},      {"TERM", 0}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i) {
    if (name != NULL && strcmp(known[i].name, name) == 0) {
      return known[i].number;
    }
  }
  fprintf(stderr, "fault_injector: GANTRAIN_FAULT_ERROR is not one of its names\n");
  abort();
}

__attribute__((constructor)) static void start(void) {
  folder = getenv("GANTRAIN_FAULT_FOLDER");
  match = getenv("GANTRAIN_FAULT_MATCH");
  operation = getenv("GANTRAIN_FAULT_OPERATION");
  first_call = number_of("GANTRAIN_FAULT_CALL", 1);
  times = number_of("GANTRAIN_FAULT_TIMES", 1);
  if (operation != NULL) {
    fault_error = error_of(getenv("GANTRAIN_FAULT_ERROR"));
    kills = fault_error == 0;
    signal_number = strcmp(getenv("GANTRAIN_FAULT_ERROR"), "TERM") == 0 ? SIGTERM : SIGKILL;
  }
  const char* file = getenv("GANTRAIN_FAULT_TRACE");
  if (file != NULL) {
    trace =
        (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  }
}

static int wanted(const char* path) {
  return folder != NULL && path != NULL && strncmp(path, folder, strlen(folder)) == 0 &&
         (match == NULL || strstr(path, match) != NULL);
}

/* Writes the call down; says whether it is to fail. */
static int fails_between(const char* name, const char* path, const char* from) {
  if (!wanted(path)) {
    return 0;
  }
  pthread_mutex_lock(&guard);
  if (trace >= 0) {
    char line[2 * LONGEST_PATH + 32];
    const int length = from == NULL ? snprintf(line, sizeof line, "%s %s\n", name, path)
                                    : snprintf(line, sizeof line, "%s %s %s\n", name, path, from);
    syscall(SYS_write, trace, line, (size_t)length < sizeof line ? (size_t)length : sizeof line);
  }
  int result = 0;
  if (operation != NULL && (strcmp(operation, "any") == 0 || strcmp(operation, name) == 0)) {
    ++seen;
    result = seen >= first_call && (times == 0 || seen < first_call + times);
  }
  if (result && kills) {
    kill(getpid(), signal_number);
    result = 0;
  }
  pthread_mutex_unlock(&guard);
  return result;
}

static int fails(const char* name, const char* path) {
  return fails_between(name, path, NULL);
}

/* 0 = an ordinary write, 1 = fails, 2 = the first half only. */
static int write_fault(const char* path) {
  if (operation == NULL || strcmp(operation, "short_write") != 0) {
    return fails("write", path);
  }
  int result = 0;
  fails("write", path);
  if (wanted(path)) {
    pthread_mutex_lock(&guard);
    ++seen;
    if (seen == first_call) {
      result = 2;
      disk_is_full = times != 1;
    } else if (disk_is_full && (times == 0 || ++failed < times)) {
      result = 1;
    }
    pthread_mutex_unlock(&guard);
  }
  if (result == 2 && kills) {
    kills = 2; /* after the half */
  }
  return result;
}

#define REAL(type, name, ...)                  \
  static type (*real)(__VA_ARGS__);            \
  if (real == NULL) {                          \
    *(void**)(&real) = dlsym(RTLD_NEXT, name); \
  }

static void remember(int descriptor, const char* path) {
  if (descriptor < 0 || descriptor >= MOST_DESCRIPTORS || !wanted(path)) {
    return;
  }
  struct stat status;
  pthread_mutex_lock(&guard);
  snprintf(paths[descriptor], LONGEST_PATH, "%s", path);
  is_folder[descriptor] = fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
  pthread_mutex_unlock(&guard);
}

static const char* path_of(int descriptor) {
  return descriptor >= 0 && descriptor < MOST_DESCRIPTORS && paths[descriptor][0] != '\0'
             ? paths[descriptor]
             : NULL;
}

static int open_through(const char* path, int flags, mode_t mode) {
  if (fails("open", path)) {
    errno = fault_error;
    return -1;
  }
  const int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  remember(descriptor, path);
  return descriptor;
}

#define OPEN_MODE(last)               \
  mode_t mode = 0;                    \
  if (last & (O_CREAT | O_TMPFILE)) { \
    va_list rest;                     \
    va_start(rest, last);             \
    mode = (mode_t)va_arg(rest, int); \
    va_end(rest);                     \
  }

int open(const char* path, int flags, ...) {
  OPEN_MODE(flags)
  return open_through(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  OPEN_MODE(flags)
  return open_through(path, flags, mode);
}

int __open_2(const char* path, int flags) {
  return open_through(path, flags, 0);
}

int __open64_2(const char* path, int flags) {
  return open_through(path, flags, 0);
}

ssize_t write(int descriptor, const void* bytes, size_t count) {
  const char* path = path_of(descriptor);
  const int fault = path == NULL ? 0 : write_fault(path);
  if (fault == 1) {
    errno = fault_error;
    return -1;
  }
  const size_t part = fault == 2 && count > 1 ? count / 2 : count;
  const ssize_t result = syscall(SYS_write, descriptor, bytes, part);
  if (kills == 2) {
    kill(getpid(), signal_number);
  }
  return result;
}

ssize_t read(int descriptor, void* bytes, size_t count) {
  const char* path = path_of(descriptor);
  if (path != NULL && fails("read", path)) {
    errno = fault_error;
    return -1;
  }
  return syscall(SYS_read, descriptor, bytes, count);
}

ssize_t pread(int descriptor, void* bytes, size_t count, off_t offset) {
  const char* path = path_of(descriptor);
  if (path != NULL && fails("pread", path)) {
    errno = fault_error;
    return -1;
  }
  return syscall(SYS_pread64, descriptor, bytes, count, offset);
}

ssize_t pread64(int descriptor, void* bytes, size_t count, off64_t offset) {
  return pread(descriptor, bytes, count, offset);
}

int fsync(int descriptor) {
  const char* path = path_of(descriptor);
  if (path != NULL && fails(is_folder[descriptor] ? "fsync_folder" : "fsync", path)) {
    errno = fault_error;
    return -1;
  }
  return (int)syscall(SYS_fsync, descriptor);
}

/* As on Linux, the descriptor is gone whatever close() answers. */
int close(int descriptor) {
  const char* path = path_of(descriptor);
  const int fault = path != NULL && fails("close", path);
  if (path != NULL) {
    paths[descriptor][0] = '\0';
  }
  const int result = (int)syscall(SYS_close, descriptor);
  if (fault) {
    errno = fault_error;
    return -1;
  }
  return result;
}

int rename(const char* from, const char* to) {
  if (fails_between("rename", to, from)) {
    errno = fault_error;
    return -1;
  }
  REAL(int, "rename", const char*, const char*)
  return real(from, to);
}

int unlink(const char* path) {
  if (fails("unlink", path)) {
    errno = fault_error;
    return -1;
  }
  REAL(int, "unlink", const char*)
  return real(path);
}

int remove(const char* path) {
  if (fails("unlink", path)) {
    errno = fault_error;
    return -1;
  }
  REAL(int, "remove", const char*)
  return real(path);
}
