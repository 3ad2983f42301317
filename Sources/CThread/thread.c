#include "CThread.h"

#include <stddef.h>

uintptr_t strata_thread(void) {
  static _Thread_local char here;
  return (uintptr_t)&here;
}

#define SWIFT_CALL __attribute__((swiftcall))

typedef SWIFT_CALL void (*enqueue)(void *job);

// The Swift runtime asks this hook, where it is set, about each job for its global executor.
extern SWIFT_CALL void (*swift_task_enqueueGlobal_hook)(void *job, enqueue original);

static _Thread_local void *owner_here;
static void (*adopt_job)(void *owner, void *job);

static SWIFT_CALL void enqueue_global(void *job, enqueue original) {
  if (owner_here != NULL)
    adopt_job(owner_here, job);
  else
    original(job);
}

void *strata_adopt_jobs(void *owner) {
  void *before = owner_here;
  owner_here = owner;
  return before;
}

void strata_set_adoption(void (*adopt)(void *owner, void *job)) {
  adopt_job = adopt;
  swift_task_enqueueGlobal_hook = enqueue_global;
}
