/*
 * LD_PRELOAD: a full disk without a disk. While the file NO_ROOM_FLAG exists, nothing below the folder
 * NO_ROOM_FOLDER can grow: a write beyond the end of a file is answered ENOSPC, one inside it goes
 * through, as on a file system whose blocks are all taken.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_full(int file, off_t end) {
  const char *flag = getenv("NO_ROOM_FLAG");
  const char *folder = getenv("NO_ROOM_FOLDER");
  char link[64];
  char path[PATH_MAX];
  struct stat status;
  int saved = errno;
  int full = 0;
  if (flag != NULL && folder != NULL && access(flag, F_OK) == 0) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length > 0) {
      path[length] = 0;
      int is_below = strncmp(path, folder, strlen(folder)) == 0;
      full = is_below && fstat(file, &status) == 0 && S_ISREG(status.st_mode) && end > status.st_size;
    }
  }
  errno = saved;
  return full;
}

static off_t total(const struct iovec *parts, int count) {
  off_t sum = 0;
  for (int at = 0; at < count; at += 1) sum += parts[at].iov_len;
  return sum;
}

static off_t place(int file) {
  int saved = errno;
  off_t at = lseek(file, 0, SEEK_CUR);
  errno = saved;
  return at < 0 ? 0 : at;
}

#define NEXT(name, type) \
  static type real; \
  if (real == NULL) real = (type)dlsym(RTLD_NEXT, name)
#define REFUSE_IF(condition) \
  if (condition) { \
    errno = ENOSPC; \
    return -1; \
  }

typedef ssize_t (*write_type)(int, const void *, size_t);
typedef ssize_t (*pwrite_type)(int, const void *, size_t, off_t);
typedef ssize_t (*writev_type)(int, const struct iovec *, int);
typedef ssize_t (*pwritev_type)(int, const struct iovec *, int, off_t);
typedef int (*truncate_type)(int, off_t);
typedef int (*allocate_type)(int, off_t, off_t);

ssize_t write(int file, const void *data, size_t size) {
  NEXT("write", write_type);
  REFUSE_IF(is_full(file, place(file) + (off_t)size));
  return real(file, data, size);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
  NEXT("pwrite", pwrite_type);
  REFUSE_IF(is_full(file, at + (off_t)size));
  return real(file, data, size, at);
}

ssize_t pwrite64(int file, const void *data, size_t size, off_t at) {
  NEXT("pwrite64", pwrite_type);
  REFUSE_IF(is_full(file, at + (off_t)size));
  return real(file, data, size, at);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  NEXT("writev", writev_type);
  REFUSE_IF(is_full(file, place(file) + total(parts, count)));
  return real(file, parts, count);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) {
  NEXT("pwritev", pwritev_type);
  REFUSE_IF(is_full(file, at + total(parts, count)));
  return real(file, parts, count, at);
}

int ftruncate(int file, off_t size) {
  NEXT("ftruncate", truncate_type);
  REFUSE_IF(is_full(file, size));
  return real(file, size);
}

int ftruncate64(int file, off_t size) {
  NEXT("ftruncate64", truncate_type);
  REFUSE_IF(is_full(file, size));
  return real(file, size);
}

int posix_fallocate(int file, off_t from, off_t size) {
  NEXT("posix_fallocate", allocate_type);
  if (is_full(file, from + size)) return ENOSPC;
  return real(file, from, size);
}
