/* Sets the wall clock back by 30 years and every other clock forward by 3 days. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && clock == CLOCK_REALTIME)
        time->tv_sec -= 30L * 365 * 24 * 60 * 60;
    if (result == 0 && clock != CLOCK_REALTIME)
        time->tv_sec += 3L * 24 * 60 * 60;
    return result;
}
