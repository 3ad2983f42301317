#include "CThread.h"

uintptr_t strata_thread(void) {
  static _Thread_local char here;
  return (uintptr_t)&here;
}
