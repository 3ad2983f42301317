// Which thread runs, and where jobs of Swift's global executor go, in plain C: Swift has no portable word
// for either.
#ifndef STRATA_CTHREAD_H
#define STRATA_CTHREAD_H

#include <stdint.h>

// A number that no other living thread has: the address of what belongs to this one.
uintptr_t strata_thread(void);

// Who takes the jobs that this thread hands to the global executor from now on, as `Task {}` does; NULL:
// nobody, they go there. Gives who took them before.
void *_Nullable strata_adopt_jobs(void *_Nullable owner);

// What is called with that owner and such a job. Set once, before the first `strata_adopt_jobs`.
void strata_set_adoption(void (*_Nonnull adopt)(void *_Nonnull owner, void *_Nonnull job));

#endif
